import { signal } from "@preact/signals";

export const VIEWS = ["search", "classify", "map", "service"] as const;
export type ViewName = (typeof VIEWS)[number];

/** What a link says: never a picture or a key. */
export interface Address {
  readonly view: ViewName;
  /** Undefined: the first one. */
  readonly library?: string | undefined;
  /** Words that are looked for. */
  readonly text?: string | undefined;
  /** The record that others should be like. */
  readonly like?: string | undefined;
  /** Conditions, as `modality=CT`. */
  readonly where: readonly string[];
}

/** What the page shows. It stands behind the `#`, so that it reaches no server and no server's log. */
export const address = signal(parseAddress(location.hash));

addEventListener("hashchange", () => {
  address.value = parseAddress(location.hash);
});

/** Shows something else; the way back leads here. */
export function goTo(changes: Partial<Address>): void {
  const next = { ...address.value, ...changes };
  history.pushState(null, "", formatAddress(next));
  address.value = next;
}

function parseAddress(hash: string): Address {
  const [name, query] = hash.replace(/^#/, "").split("?", 2);
  const given = new URLSearchParams(query);
  return {
    view: VIEWS.find((view) => view === name) ?? "search",
    library: given.get("library") ?? undefined,
    text: given.get("text") ?? undefined,
    like: given.get("like") ?? undefined,
    where: given.getAll("where"),
  };
}

export function formatAddress({ view, where, ...single }: Address): string {
  const query = new URLSearchParams([
    ...Object.entries(single).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...where.map((condition) => ["where", condition]),
  ]);
  return query.size === 0 ? `#${view}` : `#${view}?${query}`;
}
