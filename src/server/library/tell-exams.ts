import type { LRUCache } from "lru-cache";
import type { ExamPredictor, ExamSettings, NumberAnswer } from "../../applications/exam-parameters/exam-predictor.ts";
import { readExamples } from "../../applications/exam-parameters/examples.ts";
import { fitExamPredictor } from "../../applications/exam-parameters/fit-exam-predictor.ts";
import type { LabelAnswer } from "../../applications/exam-parameters/neighbour-votes.ts";
import { LABEL_TARGETS, type NumberTarget, readLabel, readNumber } from "../../applications/exam-parameters/targets.ts";
import { patientGroups } from "../../applications/vector-set.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { collectRecords, collectSubjects, fingerprintOf, MAX_REFERENCES } from "./collect-records.ts";
import type { Subjects } from "./subjects.ts";

export interface ExamsRequest extends ExamSettings {
  readonly kind: "exams";
  /** Whose headers are learned from. */
  readonly examples: Filter;
  readonly subjects: Subjects;
}

interface ToldLabel {
  readonly header: string | null;
  /** Null where the neighbours do not agree well enough. */
  readonly predicted: string | null;
  /** Of the votes. */
  readonly share: number;
}

type ToldNumber = Readonly<Record<"header" | "predicted" | "low" | "high", number | null>>;

/** What is told of one, beside what its header tells: neither takes the other's place. */
interface ToldExam {
  /** Of a record, as is the source. */
  readonly id?: string;
  readonly source?: string;
  readonly labels: Readonly<Record<string, ToldLabel>>;
  readonly numbers: Readonly<Record<string, ToldNumber>>;
  /** The examples that were asked, nearest first. */
  readonly neighbours: readonly { readonly id: string; readonly distance: number }[];
}

export interface ExamsResponse {
  readonly examples: { readonly records: number; readonly patients: number };
  /** Pictures in their order, records by their ids. */
  readonly told: readonly ToldExam[];
}

/**
 * @param kept predictors of examples that were used before
 * @throws MedembedError "invalid-request", "invalid-data" for examples that nothing can be learned of
 */
export async function tellExams(
  library: Library,
  { examples: wanted, subjects, neighbours, margin, alpha }: ExamsRequest,
  kept: LRUCache<string, ExamPredictor>,
): Promise<ExamsResponse> {
  const settings = { neighbours, margin, alpha };
  const set = await collectRecords(library, wanted, "examples", MAX_REFERENCES);
  const found = await collectSubjects(library, subjects, new Set());
  const key = fingerprintOf(set, settings);
  const fit = () => fitExamPredictor(readExamples(set, Object.keys(LABEL_TARGETS)), settings, set.space).predictor;
  const predictor = kept.get(key) ?? fit();
  kept.set(key, predictor);
  const answers = predictor.predict(found.vectors, patientGroups(found));
  return {
    examples: { records: set.ids.length, patients: new Set(patientGroups(set)).size },
    told: answers.map(({ labels, numbers, neighbours: asked }, row) => {
      const columns = found.columns[row];
      const toldLabel = ([target, { value, share }]: [string, LabelAnswer]) => {
        return [target, { header: readLabel(columns, target) ?? null, predicted: value ?? null, share }];
      };
      const toldNumber = ([target, { value, low, high }]: [string, NumberAnswer]) => {
        const header = readNumber(columns, target as NumberTarget) ?? null;
        return [target, { header, predicted: value ?? null, low: low ?? null, high: high ?? null }];
      };
      return {
        ...("where" in subjects && { id: found.ids[row], source: String(columns.source) }),
        labels: Object.fromEntries(Object.entries(labels).map(toldLabel)),
        numbers: Object.fromEntries(Object.entries(numbers).map(toldNumber)),
        neighbours: asked,
      };
    }),
  };
}
