import type { LRUCache } from "lru-cache";
import type { ExamPredictor, ExamSettings } from "../../applications/exam-parameters/exam-predictor.ts";
import { readExamples } from "../../applications/exam-parameters/examples.ts";
import { fitExamPredictor } from "../../applications/exam-parameters/fit-exam-predictor.ts";
import {
  LABEL_TARGETS,
  NUMBER_TARGET_NAMES,
  type NumberTarget,
  readLabel,
  readNumber,
} from "../../applications/exam-parameters/targets.ts";
import { patientGroups } from "../../applications/vector-set.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { collectRecords, collectSubjects, fingerprintOf, MAX_REFERENCES } from "./collect-records.ts";
import type { Subjects } from "./subjects.ts";

const TARGETS = Object.keys(LABEL_TARGETS);

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
  /** What the examples tell often enough; of all else only headers are told. */
  readonly learned: readonly string[];
  /** Pictures in their order, records by their ids. */
  readonly told: readonly ToldExam[];
  /** Of a page that others follow. */
  readonly next: string | undefined;
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
  const fit = () => fitExamPredictor(readExamples(set, TARGETS), settings, set.space).predictor;
  const predictor = kept.get(key) ?? fit();
  kept.set(key, predictor);
  const answers = predictor.predict(found.vectors, patientGroups(found));
  return {
    examples: { records: set.ids.length, patients: new Set(patientGroups(set)).size },
    learned: [...Object.keys(predictor.examples.labels), ...Object.keys(predictor.examples.numbers)],
    told: answers.map(({ labels, numbers, neighbours: asked }, row) => {
      const columns = found.columns[row];
      const toldLabel = (target: string): [string, ToldLabel] => {
        const { value = null, share = 0 } = labels[target] ?? {};
        return [target, { header: readLabel(columns, target) ?? null, predicted: value, share }];
      };
      const toldNumber = (target: NumberTarget): [string, ToldNumber] => {
        const { value = null, low = null, high = null } = numbers[target] ?? {};
        return [target, { header: readNumber(columns, target) ?? null, predicted: value, low, high }];
      };
      return {
        ...("where" in subjects && { id: found.ids[row], source: String(columns.source) }),
        labels: Object.fromEntries(TARGETS.map(toldLabel)),
        numbers: Object.fromEntries(NUMBER_TARGET_NAMES.map(toldNumber)),
        neighbours: asked,
      };
    }),
    next: found.next,
  };
}
