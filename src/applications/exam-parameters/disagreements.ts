import type { ExamAnswer } from "./exam-predictor.ts";
import type { ExamExamples } from "./examples.ts";

/** A header says one thing, the neighbours of its picture another: one of both is wrong. */
export interface Disagreement {
  readonly id: string;
  readonly target: string;
  readonly header: string;
  readonly neighbours: string;
  /** Of the votes, for what the neighbours say, and how far it leads the second. */
  readonly share: number;
  readonly margin: number;
  readonly nearest: ExamAnswer["neighbours"];
}

/**
 * Where the neighbours are clear and the header says otherwise; what the header does not tell cannot be wrong.
 * @param answers [rows], of neighbours that are not of the same patient @returns the clearest first
 */
export function findDisagreements(
  { ids, labels }: Pick<ExamExamples, "ids" | "labels">,
  answers: readonly ExamAnswer[],
): Disagreement[] {
  const found = answers.flatMap((answer, row) =>
    Object.entries(answer.labels).flatMap(([target, { value, share, margin }]): Disagreement[] => {
      const header = labels[target]?.[row];
      if (header === undefined || value === undefined || header === value) return [];
      return [{ id: ids[row], target, header, neighbours: value, share, margin, nearest: answer.neighbours }];
    }),
  );
  return found.sort((a, b) => b.margin - a.margin || (a.id < b.id ? -1 : 1));
}
