import type { KnownRecord } from "../server/calls.ts";
import { WORDS } from "../words.ts";

type FactWord = keyof typeof WORDS.facts;

/** The last part of where it is. */
export function nameOf({ source }: Pick<KnownRecord, "source">): string {
  return source.split(/[\\/]/).at(-1) || source;
}

/** A record of which nothing else is known, for the moment or any more. */
export function unknownRecord(id: string, source: string): KnownRecord {
  return { id, source, added: "", precision: "", facts: {}, labels: {} };
}

/** What tells a record from its neighbours at a glance. */
export function tagsOf({ facts, labels, slices }: KnownRecord): string[] {
  const { modality, bodyPart, view, series } = facts;
  const known = [modality, bodyPart, view, series && WORDS.record.series(series)];
  const counted = slices === undefined ? undefined : `${slices} ${WORDS.record.slices.toLowerCase()}`;
  return [...known, counted, ...Object.entries(labels).map(([name, value]) => `${name}: ${value}`)].filter(
    (tag) => tag !== undefined,
  );
}

/** All that is known, as names and values. */
export function tableOf({ facts, labels, source, added, slices }: KnownRecord): [name: string, value: string][] {
  const rows: [string, string | number | undefined][] = [
    [WORDS.record.source, source],
    ...Object.entries(labels),
    ...Object.entries(facts).map(([name, value]): [string, string | number] => [WORDS.facts[name as FactWord], value]),
    [WORDS.record.slices, slices],
    [WORDS.record.added, added && new Date(added).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)] as [string, string]],
  );
}
