import { address, formatAddress, goTo, NOTHING_ELSE, VIEWS } from "../state/address.ts";
import { libraries, library } from "../state/libraries.ts";
import { WORDS } from "../words.ts";

/** The views, and which library they are of. */
export function Header() {
  const { view, library: named } = address.value;
  return (
    <header class="bar">
      <p class="name">{WORDS.name}</p>
      <nav aria-label={WORDS.viewsLabel}>
        {VIEWS.map((name) => (
          <a
            key={name}
            href={formatAddress({ ...NOTHING_ELSE, view: name, library: named })}
            aria-current={name === view ? "page" : undefined}
          >
            {WORDS.views[name]}
          </a>
        ))}
      </nav>
      {(libraries.value?.length ?? 0) > 0 && (
        <label class="library">
          <span>{WORDS.library}</span>
          <select
            value={library.value?.name}
            onChange={({ currentTarget }) => goTo({ ...NOTHING_ELSE, library: currentTarget.value })}
          >
            {libraries.value?.map(({ name, records }) => (
              <option key={name} value={name}>
                {`${name} (${records.toLocaleString("en")})`}
              </option>
            ))}
          </select>
        </label>
      )}
    </header>
  );
}
