import type { LRUCache } from "lru-cache";
import {
  fitOutlierDetector,
  type OutlierDetector,
  type OutlierMethod,
} from "../../applications/outliers/outlier-detector.ts";
import {
  type LabelledThreshold,
  type OutlierThreshold,
  smallestAlpha,
} from "../../applications/outliers/thresholds.ts";
import { type JudgedVector, judgeVectors, methodThresholds } from "../../applications/outliers/verdicts.ts";
import { type DescribedVectors, patientGroups } from "../../applications/vector-set.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import { collectRecords, collectSubjects, fingerprintOf, MAX_REFERENCES } from "./collect-records.ts";
import type { Subjects } from "./subjects.ts";

export interface JudgingRequest {
  readonly kind: "outliers";
  readonly reference: Filter;
  /** Known ones, which set the threshold. */
  readonly outliers: Filter | undefined;
  readonly subjects: Subjects;
  readonly methods: readonly OutlierMethod[];
  readonly neighbours: number;
  readonly alpha: number;
  /** Whether the scores of the references are wanted. */
  readonly tellsLeftOut: boolean;
}

/** What was found of one that was judged. */
interface Judged {
  /** Of a record, as is the source. */
  readonly id?: string;
  readonly source?: string;
  readonly methods: JudgedVector["methods"];
  /** The references nearest to it, nearest first. */
  readonly nearest: readonly { readonly id: string; readonly source: string; readonly distance: number }[];
}

interface MethodTold {
  /** Null where the reference is too small for the alpha, or known outliers score no higher. */
  readonly threshold: OutlierThreshold | LabelledThreshold | null;
  /** The score of each reference without it and its patient, ascending; where it is wanted. */
  readonly leftOut?: readonly number[];
}

export interface JudgingResponse {
  readonly reference: { readonly records: number; readonly groups: number; readonly smallestAlpha: number };
  readonly methods: Readonly<Partial<Record<OutlierMethod, MethodTold>>>;
  /** Pictures in their order, records by falling score of the first method. */
  readonly judged: readonly Judged[];
  /** Records that were not judged, since they are references or known outliers. */
  readonly passedBy: number;
  /** Of a page that others follow. */
  readonly next: string | undefined;
}

/**
 * @param kept detectors of references that were used before
 * @throws MedembedError "invalid-request", "invalid-data" for a reference that nothing can be judged by
 */
export async function judgeOutliers(
  library: Library,
  { reference, outliers, subjects, methods, neighbours, alpha, tellsLeftOut }: JudgingRequest,
  kept: LRUCache<string, OutlierDetector>,
): Promise<JudgingResponse> {
  const references = await collectRecords(library, reference, "reference", MAX_REFERENCES);
  const known = outliers && (await collectRecords(library, outliers, "outliers", MAX_REFERENCES));
  const passed = new Set([...references.ids, ...(known?.ids ?? [])]);
  const found = await collectSubjects(library, subjects, passed);

  const { ids, vectors } = references;
  const groups = patientGroups(references);
  const key = fingerprintOf(references, { methods, neighbours });
  const detector = kept.get(key) ?? fitOutlierDetector({ ids, vectors, groups }, { methods, neighbours });
  kept.set(key, detector);

  const thresholds = methodThresholds(detector, known, alpha);
  const told = methods.map((method): [OutlierMethod, MethodTold] => {
    const { threshold = null, leftOut } = thresholds[method]!;
    return [method, { threshold, ...(tellsLeftOut && { leftOut: Array.from(leftOut.toSorted()) }) }];
  });
  const isOfRecords = "where" in subjects;
  const judged = judgeVectors(detector, thresholds, found).map(({ methods: own, nearest }, row): Judged => {
    return {
      ...(isOfRecords && placeOf(found, row)),
      methods: own,
      nearest: nearest.map((one) => ({ ...placeOf(references, one.reference), distance: one.distance })),
    };
  });
  const scoreOf = ({ methods: own }: Judged) => own[methods[0]]!.score;
  return {
    reference: { records: ids.length, groups: new Set(groups).size, smallestAlpha: smallestAlpha(ids.length) },
    methods: Object.fromEntries(told),
    judged: isOfRecords ? judged.sort((a, b) => scoreOf(b) - scoreOf(a)) : judged, // equal ones stay by id
    passedBy: found.passedBy,
    next: found.next,
  };
}

function placeOf({ ids, columns }: DescribedVectors, row: number): { readonly id: string; readonly source: string } {
  return { id: ids[row], source: String(columns[row].source) };
}
