import { MedembedError } from "../../errors.ts";
import type { Matrix } from "../matrix.ts";
import { type DescribedVectors, patientGroups } from "../vector-set.ts";
import { NUMBER_TARGET_NAMES, type NumberTarget, readLabel, readNumber } from "./targets.ts";

/** Vectors with what the headers of their pictures or series say. */
export interface ExamExamples {
  /** [rows] */
  readonly ids: readonly string[];
  readonly vectors: Matrix;
  /** [rows], patients: nobody's exam is told from their own. */
  readonly groups: readonly string[];
  /** By target [rows]; undefined where the header does not tell it. */
  readonly labels: Readonly<Record<string, readonly (string | undefined)[]>>;
  readonly numbers: Readonly<Partial<Record<NumberTarget, readonly (number | undefined)[]>>>;
}

/** A target is learned from at least so many rows that tell it. */
const LEAST_ROWS = 5;

/** All that the columns tell of these targets, and of the numbers. @param labelTargets of `LABEL_TARGETS`, or columns */
export function readExamples(set: DescribedVectors, labelTargets: readonly string[]): ExamExamples {
  const { ids, vectors, columns } = set;
  return {
    ids,
    vectors,
    groups: patientGroups(set),
    labels: Object.fromEntries(labelTargets.map((target) => [target, columns.map((own) => readLabel(own, target))])),
    numbers: Object.fromEntries(
      NUMBER_TARGET_NAMES.map((target) => [target, columns.map((own) => readNumber(own, target))]),
    ),
  };
}

/**
 * Without the targets that nothing can be learned of: labels of fewer than two values, and what fewer than five rows or one patient tell.
 * @throws MedembedError "invalid-data" where no target is left
 */
export function learnable(examples: ExamExamples): ExamExamples {
  const isTold = (values: readonly unknown[]) => {
    const rows = [...values.keys()].filter((row) => values[row] !== undefined);
    return rows.length >= LEAST_ROWS && new Set(rows.map((row) => examples.groups[row])).size > 1;
  };
  const isVaried = (values: readonly unknown[]) => new Set(values.filter((value) => value !== undefined)).size > 1;
  const labels = Object.entries(examples.labels).filter(([, values]) => isTold(values) && isVaried(values));
  const numbers = Object.entries(examples.numbers).filter(([, values]) => isTold(values));
  if (labels.length + numbers.length === 0) {
    throw new MedembedError(
      "invalid-data",
      `nothing can be learned of these ${examples.ids.length} examples: a target needs ${LEAST_ROWS} rows of two patients that tell it, and ` +
        "labels of two values. medembed exam-parameters audit shows what the headers tell",
    );
  }
  return { ...examples, labels: Object.fromEntries(labels), numbers: Object.fromEntries(numbers) };
}
