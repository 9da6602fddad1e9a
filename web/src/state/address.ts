import { signal } from "@preact/signals";

export const VIEWS = ["search", "classify", "map", "outliers", "adapters", "exams", "queue", "service"] as const;
export type ViewName = (typeof VIEWS)[number];

/** What a link says once. */
const SINGLE = ["library", "text", "like", "method", "threshold", "field", "finding", "run", "worker"] as const;
/** Conditions, as `modality=CT`, which must hold together. */
const LISTS = ["where", "reference"] as const;

/** What a link says: never a picture or a key. Without a library the first one is meant. */
export type Address = { readonly view: ViewName } & {
  readonly [Name in (typeof SINGLE)[number]]: string | undefined;
} & { readonly [Name in (typeof LISTS)[number]]: readonly string[] };

/** Of a link that says nothing but a view. */
export const NOTHING_ELSE = {
  ...Object.fromEntries(SINGLE.map((name) => [name, undefined])),
  ...Object.fromEntries(LISTS.map((name) => [name, [] as const])),
} as unknown as Omit<Address, "view">;

/** What the page shows. It stands behind the `#`, so that it reaches no server and no server's log. */
export const address = signal(parseAddress(location.hash));

addEventListener("hashchange", () => {
  address.value = parseAddress(location.hash);
});

/** Shows something else; the way back leads here, unless it takes the place of what is shown. */
export function goTo(changes: Partial<Address>, { replaces = false } = {}): void {
  const next = { ...address.value, ...changes };
  history[replaces ? "replaceState" : "pushState"](null, "", formatAddress(next));
  address.value = next;
}

/** Shows what is like a record. */
export function showLike(id: string): void {
  goTo({ ...NOTHING_ELSE, view: "search", library: address.value.library, like: id });
}

function parseAddress(hash: string): Address {
  const [name, query] = hash.replace(/^#/, "").split("?", 2);
  const given = new URLSearchParams(query);
  return {
    view: VIEWS.find((view) => view === name) ?? "search",
    ...Object.fromEntries(SINGLE.map((name) => [name, given.get(name) ?? undefined])),
    ...Object.fromEntries(LISTS.map((name) => [name, given.getAll(name)])),
  } as Address;
}

export function formatAddress({ view, ...said }: Address): string {
  const query = new URLSearchParams([
    ...SINGLE.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]])),
    ...LISTS.flatMap((name) => said[name].map((condition) => [name, condition])),
  ]);
  return query.size === 0 ? `#${view}` : `#${view}?${query}`;
}
