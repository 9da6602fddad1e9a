import { type JoinedLabels, joinLabels, type LabelRow } from "../../applications/join-labels.ts";
import { type RetrievalItems, takeItems } from "../../applications/retrieval/rank-gallery.ts";
import type { VectorSet } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../../vector-space.ts";
import { needed, readVectorSet } from "../adapter/read-inputs.ts";
import { readLabels } from "../adapter/read-labels.ts";
import { text } from "../options.ts";

type Options = Readonly<Record<string, unknown>>;

/** What is looked for among what. */
export interface Search {
  readonly queries: RetrievalItems;
  readonly gallery: RetrievalItems;
  /** Of the labels, in the order of their numbers. */
  readonly names: readonly string[];
  readonly space: VectorSpace;
}

/** A file of vectors with its labels: each looked for among all others, those of `--part` among the rest, or those of `--queries` among all. */
export async function readSearch(vectors: string, options: Options): Promise<Search> {
  const [queryFile, part] = [text(options, "queries"), text(options, "part")];
  if (queryFile !== undefined && part !== undefined)
    throw new MedembedError("usage", "give --queries or --part, not both");
  const table = await readLabels(needed(options, "labels"));
  const set = await readVectorSet(vectors);
  const names = namesOf(table);
  const gallery = join(set, table, names);
  if (part !== undefined) return { ...splitOff(gallery, part), names, space: set.space };
  if (queryFile === undefined) return { queries: gallery, gallery, names, space: set.space };
  const asked = await readVectorSet(queryFile);
  if (!isSameSpace(set.space, asked.space)) {
    throw new MedembedError(
      "wrong-space",
      `${queryFile} has vectors of ${describeSpace(asked.space)}, ${vectors} of ${describeSpace(set.space)}: they do not compare`,
    );
  }
  return { queries: join(asked, table, names), gallery, names, space: set.space };
}

/** All labels of a table, sorted. */
export function namesOf(table: readonly LabelRow[]): string[] {
  return [...new Set(table.map(({ label }) => label))].filter((label) => label !== "").sort();
}

function join(set: VectorSet, table: readonly LabelRow[], names: readonly string[]): JoinedLabels {
  const joined = joinLabels(set, table, names);
  for (const note of joined.notes) console.error(`note: ${note}`);
  return joined;
}

/** @throws MedembedError "invalid-data" where no row, or every row, is of that part */
function splitOff(items: JoinedLabels, part: string): Pick<Search, "queries" | "gallery"> {
  const isAsked = (row: number) => items.lines[row].split === part;
  const rows = [...items.ids.keys()];
  const [asked, others] = [rows.filter(isAsked), rows.filter((row) => !isAsked(row))];
  if (asked.length === 0 || others.length === 0) {
    const all = asked.length === 0 ? "no" : "every";
    const parts = new Set(items.lines.flatMap(({ split }) => split || []));
    const hint = asked.length === 0 && parts.size > 0 ? `; the labels name ${[...parts].join(", ")}` : "";
    throw new MedembedError(
      "invalid-data",
      `${all} labelled vector has the split "${part}": queries are of it, the rest is searched${hint}`,
    );
  }
  return { queries: takeItems(items, asked), gallery: takeItems(items, others) };
}
