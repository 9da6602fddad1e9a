import { MedembedError } from "../errors.ts";
import { looksLike, nearestWord } from "../nearest-word.ts";
import type { LabelledVectors } from "./labelled-vectors.ts";
import { takeRows } from "./matrix.ts";
import { PARTS, type Split } from "./split-by-group.ts";
import type { VectorSet } from "./vector-set.ts";

/** A line of a table of labels. */
export interface LabelRow {
  readonly id: string;
  /** Empty for one that is not labelled. */
  readonly label: string;
  /** Rows of one group, as of one patient, stay together; without it each is its own. */
  readonly group?: string | undefined;
  /** Which part it belongs to: train, validation (or val), test; empty for none. */
  readonly split?: string | undefined;
  /** Of the file, for messages. */
  readonly line: number;
  /** All its cells, by column. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Vectors with their labels. */
export interface JoinedLabels extends LabelledVectors {
  readonly ids: readonly string[];
  /** Of the classes, in the order of their numbers. */
  readonly names: readonly string[];
  /** Where the table says it. */
  readonly split?: Split;
  /** [rows], the lines they come from. */
  readonly lines: readonly LabelRow[];
  /** What is worth a look, for people. */
  readonly notes: readonly string[];
}

/** What else stands for "validation". */
const PART_NAMES: Readonly<Record<string, keyof Split>> = {
  ...Object.fromEntries(PARTS.map((part) => [part, part])),
  val: "validation",
};

/**
 * Puts labels beside the vectors with the same ids, in the order of the vectors.
 * @param known the classes, where an adapter has them already
 * @throws MedembedError "invalid-data" for an id twice, labels and vectors that have nothing in common, an unknown label or part
 */
export function joinLabels(
  { ids, vectors }: Pick<VectorSet, "ids" | "vectors">,
  table: readonly LabelRow[],
  known?: readonly string[],
): JoinedLabels {
  const byId = rowsById(table);
  const rows = [...ids.keys()].filter((row) => byId.get(ids[row])?.label);
  const lines = rows.map((row) => byId.get(ids[row]) as LabelRow);
  if (lines.length === 0) {
    throw invalid(
      `none of the ${table.length} ids of the labels is that of a vector: ids are the paths as medembed embed was given them`,
    );
  }
  const names = known ?? [...new Set(lines.map(({ label }) => label))].sort();
  if (known) for (const line of lines) requireKnown(line, known);
  const split = splitOf(lines);
  const groups = lines.map(({ id, group }) => (group ? `group ${group}` : `row ${id}`));
  const vectorIds = new Set(ids);
  const unmatched = table.filter(({ id, label }) => label !== "" && !vectorIds.has(id)).length;
  return {
    ids: rows.map((row) => ids[row]),
    vectors: takeRows(vectors, rows),
    labels: Int32Array.from(lines, ({ label }) => names.indexOf(label)),
    groups,
    names,
    lines,
    ...(split && { split }),
    notes: [
      ...(ids.length > rows.length ? [`${ids.length - rows.length} vectors have no label and are left out`] : []),
      ...(unmatched > 0 ? [`${unmatched} labels have no vector and are left out`] : []),
      ...(lines.some(({ group }) => !group)
        ? ['rows without a group are taken for independent; a column "group" keeps those of a patient together']
        : []),
      ...mistypedLabels(lines),
      ...(split ? groupsInSeveralParts(split, groups) : []),
    ],
  };
}

/** @throws MedembedError "invalid-data" for an id twice */
export function rowsById(table: readonly LabelRow[]): ReadonlyMap<string, LabelRow> {
  const byId = new Map<string, LabelRow>();
  for (const row of table) {
    const before = byId.get(row.id);
    if (before)
      throw invalid(`lines ${before.line} and ${row.line} of the labels have the same id: each must be there once`);
    byId.set(row.id, row);
  }
  return byId;
}

/** @throws MedembedError "invalid-data" for a label that is none of the known ones, with the one that may be meant */
export function requireKnown({ label, line }: LabelRow, known: readonly string[]): void {
  if (known.includes(label)) return;
  const nearest = nearestWord(label, known);
  const hint =
    nearest === undefined ? `known are ${known.map((name) => `"${name}"`).join(", ")}` : `did you mean "${nearest}"?`;
  throw invalid(`line ${line}: there is no label "${label}"; ${hint}`);
}

function splitOf(lines: readonly LabelRow[]): Split | undefined {
  if (lines.every(({ split }) => !split)) return undefined;
  const rows: Record<keyof Split, number[]> = { train: [], validation: [], test: [] };
  for (const [row, { split, line }] of lines.entries()) {
    if (!split) continue;
    const part = PART_NAMES[split];
    if (!part) {
      const nearest = nearestWord(split, Object.keys(PART_NAMES));
      throw invalid(
        `line ${line}: the split is "${split}", needed: ${PARTS.join(", ")}${nearest ? `; did you mean "${nearest}"?` : ""}`,
      );
    }
    rows[part].push(row);
  }
  return {
    train: Int32Array.from(rows.train),
    validation: Int32Array.from(rows.validation),
    test: Int32Array.from(rows.test),
  };
}

/** A label is taken for another one mistyped where that one is so many times as frequent. */
const FREQUENT = 5;

function mistypedLabels(lines: readonly LabelRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of lines) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].flatMap(([label, count]) => {
    const meant = [...counts].find(([other, often]) => often >= FREQUENT * count && looksLike(label, other));
    return meant
      ? [`"${label}" (rows: ${count}) looks like "${meant[0]}" (rows: ${meant[1]}): are they two labels?`]
      : [];
  });
}

function groupsInSeveralParts(split: Split, groups: readonly string[]): string[] {
  const parts = new Map<string, Set<string>>();
  for (const part of PARTS) {
    for (const row of split[part]) parts.set(groups[row], (parts.get(groups[row]) ?? new Set()).add(part));
  }
  const several = [...parts.values()].filter(({ size }) => size > 1).length;
  return several > 0 ? [`${several} groups are in more than one part: the figures will be too good`] : [];
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-data", message);
}
