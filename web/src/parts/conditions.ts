/** What the fields of the filter say, as conditions and back: the link has the conditions. */
export interface Filters {
  readonly modality: string;
  readonly bodyPart: string;
  /** `name=value`. */
  readonly label: string;
  /** A day, as 2026-11-29. */
  readonly since: string;
}

const BEGINNINGS: { readonly [Name in keyof Filters]: string } = {
  modality: "modality=",
  bodyPart: "bodyPart=",
  label: "label.",
  since: "added>=",
};

const NAMES = Object.keys(BEGINNINGS) as (keyof Filters)[];

export function conditionsOf(filters: Filters): string[] {
  return NAMES.filter((name) => filters[name] !== "").map((name) => `${BEGINNINGS[name]}${filters[name]}`);
}

export function filtersOf(conditions: readonly string[]): Filters {
  const writtenIn = (name: keyof Filters) =>
    conditions.find((condition) => condition.startsWith(BEGINNINGS[name]))?.slice(BEGINNINGS[name].length) ?? "";
  return Object.fromEntries(NAMES.map((name) => [name, writtenIn(name)])) as { [Name in keyof Filters]: string };
}
