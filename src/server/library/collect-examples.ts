import type { Matrix } from "../../applications/matrix.ts";
import { patientGroups } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { describe, readRecords } from "./collect-records.ts";

/** A table of more classes is one that nobody reads. */
const MAX_CLASSES = 50;
/** Of 1024 numbers each, 80 MB: some minutes of the slowest head. */
const MAX_EXAMPLES = 20_000;

export interface ExamplesRequest {
  readonly kind: "examples";
  /** The name of a label; records without it are no examples. */
  readonly label: string;
  /** What else a record must be. */
  readonly where: Filter;
}

/** Records with one of their labels, by their ids. */
export interface Examples {
  readonly ids: readonly string[];
  /** [rows], patients where they are known. */
  readonly groups: readonly string[];
  /** How many patients are known. */
  readonly patients: number;
  /** The different values, sorted. */
  readonly names: readonly string[];
  /** [rows], places in the names. */
  readonly labels: Int32Array;
  readonly vectors: Matrix;
}

/** @throws MedembedError "invalid-request" for none, too many, or one class only */
export async function collectExamples(library: Library, { label, where }: ExamplesRequest): Promise<Examples> {
  const labelled: Filter = [...where, { field: `label.${label}`, operator: "!=", values: [] }];
  const records = await readRecords(library, labelled, "the label", MAX_EXAMPLES);
  const values = records.map(({ labels }) => labels[label]);
  const names = [...new Set(values)].sort();
  if (names.length < 2 || names.length > MAX_CLASSES) {
    throw new MedembedError(
      "invalid-request",
      `the label has ${names.length} different values among these records, needed: 2 to ${MAX_CLASSES}`,
    );
  }
  const described = describe(library, records);
  return {
    ids: described.ids,
    groups: patientGroups(described),
    patients: new Set(records.flatMap(({ facts: { patient } }) => patient ?? [])).size,
    names,
    labels: Int32Array.from(values, (value) => names.indexOf(value)),
    vectors: described.vectors,
  };
}
