import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Matrix, stack } from "../../applications/matrix.ts";
import {
  fitOutlierDetector,
  type OutlierDetector,
  type OutlierMethod,
} from "../../applications/outliers/outlier-detector.ts";
import {
  alphaThreshold,
  type LabelledThreshold,
  labelledThreshold,
  type OutlierThreshold,
  smallestAlpha,
} from "../../applications/outliers/thresholds.ts";
import { MedembedError } from "../../errors.ts";
import type { Filter } from "../../library/filter.ts";
import { Library } from "../../library/library.ts";
import type { StoredVector } from "../../library/record.ts";
import { answerRequests } from "../../worker-thread.ts";

/** Each is compared with each other, and left out once: some seconds of work. */
const MAX_REFERENCES = 5_000;
/** Each stands in the answer. */
const MAX_JUDGED = 1_000;
/** What was found out about references that were used before: some twenty megabytes each. */
const DETECTORS_KEPT = 4;

export interface JudgingRequest {
  readonly uri: string;
  readonly reference: Filter;
  /** Known ones, which set the threshold. */
  readonly outliers: Filter | undefined;
  readonly judged: { readonly where: Filter } | { readonly pictures: readonly JudgedPicture[] };
  readonly methods: readonly OutlierMethod[];
  readonly neighbours: number;
  readonly alpha: number;
}

/** One that is no record. */
export interface JudgedPicture {
  readonly vector: Float32Array;
  /** As records name the patient; undefined where that is not known. */
  readonly patient: string | undefined;
}

/** What was found of one that was judged. */
export interface Judged {
  readonly methods: Readonly<
    Partial<Record<OutlierMethod, { readonly score: number; readonly p: number; readonly isOutlier: boolean | null }>>
  >;
  /** The references nearest to it, nearest first. */
  readonly nearest: readonly { readonly id: string; readonly source: string; readonly distance: number }[];
}

/** @property id, source of a record */
export type JudgedRecord = Judged & { readonly id?: string; readonly source?: string };

type Threshold = OutlierThreshold | LabelledThreshold;

export interface JudgingResponse {
  readonly reference: { readonly records: number; readonly groups: number; readonly smallestAlpha: number };
  /** Null where the reference is too small for the alpha, or known outliers score no higher. */
  readonly methods: Readonly<Partial<Record<OutlierMethod, { readonly threshold: Threshold | null }>>>;
  /** Pictures in their order, records by falling score of the first method. */
  readonly judged: readonly JudgedRecord[];
  /** Records that were not judged, since they are references or known outliers. */
  readonly passedBy: number;
}

answerRequests<null, JudgingRequest, JudgingResponse>(() => {
  const detectors = new LRUCache<string, OutlierDetector>({ max: DETECTORS_KEPT });
  return async (request) => {
    const library = await Library.open({ uri: request.uri });
    try {
      return { response: await judge(library, request, detectors) };
    } catch (cause) {
      if (!(cause instanceof MedembedError) || cause.code !== "invalid-data") throw cause;
      throw new MedembedError("invalid-request", cause.message, { cause });
    } finally {
      await library.close();
    }
  };
});

async function judge(
  library: Library,
  { reference: wanted, outliers, judged, methods, neighbours, alpha }: JudgingRequest,
  detectors: LRUCache<string, OutlierDetector>,
): Promise<JudgingResponse> {
  const references = await collect(library, wanted, "reference", MAX_REFERENCES);
  const known = outliers ? await collect(library, outliers, "outliers", MAX_REFERENCES) : [];
  const passed = new Set([...references, ...known].map(({ id }) => id));
  const found = "pictures" in judged ? [] : await collect(library, judged.where, "where", MAX_JUDGED + passed.size);
  const records = found.filter(({ id }) => !passed.has(id));
  if (!("pictures" in judged)) checkCount("where", records.length, MAX_JUDGED);

  const detector = fit(references, { methods, neighbours }, detectors);
  const scoresOfKnown = known.length > 0 ? detector.judge(matrixOf(known), known.map(groupOf)) : undefined;
  const thresholds = Object.fromEntries(
    methods.map((method) => {
      const leftOut = detector.leftOut[method]!;
      const scores = scoresOfKnown?.byMethod[method]?.scores;
      return [method, scores ? labelledThreshold(leftOut, scores) : alphaThreshold(leftOut, alpha)] as const;
    }),
  );

  const items: readonly JudgedPicture[] =
    "pictures" in judged ? judged.pictures : records.map(({ vector, facts }) => ({ vector, patient: facts.patient }));
  const groups = items.map(({ patient }, i) => (patient === undefined ? `judged ${i}` : `patient ${patient}`));
  const { byMethod, nearest } = detector.judge(
    stack(
      items.map(({ vector }) => vector),
      library.head.dimensions,
    ),
    groups,
  );
  const lines = items.map((_, row): JudgedRecord => {
    const { id, source } = records[row] ?? {};
    return {
      ...(id !== undefined && { id, source }),
      methods: Object.fromEntries(
        methods.map((method) => {
          const { scores, pValues } = byMethod[method]!;
          const limit = thresholds[method];
          return [method, { score: scores[row], p: pValues[row], isOutlier: limit ? scores[row] > limit.value : null }];
        }),
      ),
      nearest: Array.from({ length: nearest.count }, (_, i) => {
        const { id, source } = references[nearest.places[row * nearest.count + i]];
        return { id, source, distance: nearest.distances[row * nearest.count + i] };
      }),
    };
  });
  const scoreOf = ({ methods: own }: JudgedRecord) => own[methods[0]]!.score;
  return {
    reference: {
      records: references.length,
      groups: new Set(references.map(groupOf)).size,
      smallestAlpha: smallestAlpha(references.length),
    },
    methods: Object.fromEntries(methods.map((method) => [method, { threshold: thresholds[method] ?? null }])),
    judged: "pictures" in judged ? lines : lines.sort((a, b) => scoreOf(b) - scoreOf(a)), // equal ones stay by id
    passedBy: found.length - records.length,
  };
}

/** Records by their ids, so that nothing depends on the order they lie in. @throws MedembedError "invalid-request" for none or too many */
async function collect(library: Library, where: Filter, name: string, most: number): Promise<StoredVector[]> {
  checkCount(name, await library.count(where), most);
  const records: StoredVector[] = [];
  for await (const record of library.vectors(where)) records.push(record);
  return records.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function checkCount(name: string, count: number, most: number): void {
  if (count >= 1 && count <= most) return;
  throw new MedembedError(
    "invalid-request",
    count === 0
      ? `no record ${name === "where" ? "but those of the reference " : ""}is as ${name} says`
      : `${count} records are as ${name} says; a call takes ${most} at most, medembed library outliers takes more`,
  );
}

/** A patient's records belong together; one of nobody known is on its own. */
function groupOf({ id, facts: { patient } }: StoredVector): string {
  return patient === undefined ? `record ${id}` : `patient ${patient}`;
}

function matrixOf(rows: readonly StoredVector[]): Matrix {
  return stack(rows.map(({ vector }) => vector));
}

/** The same reference is fitted once, as long as neither its records nor what is asked of them change. */
function fit(
  references: readonly StoredVector[],
  options: Pick<JudgingRequest, "methods" | "neighbours">,
  detectors: LRUCache<string, OutlierDetector>,
): OutlierDetector {
  const [ids, groups, vectors] = [references.map(({ id }) => id), references.map(groupOf), matrixOf(references)];
  const key = createHash("sha256")
    .update(JSON.stringify([ids, groups, options.methods, options.neighbours]))
    .update(vectors.values)
    .digest("hex");
  const detector = detectors.get(key) ?? fitOutlierDetector({ ids, vectors, groups }, options);
  detectors.set(key, detector);
  return detector;
}
