import { type Bucket, compareBuckets } from "../../applications/outliers/drift.ts";
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
import { type DescribedVectors, patientGroups } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../../vector-space.ts";
import { Progress } from "../progress.ts";
import type { Drift, OutlierSettings } from "./outlier-options.ts";
import type { JudgedLine } from "./row-formats.ts";

/** What is to be judged, and by what. */
export interface OutlierInputs {
  readonly reference: DescribedVectors;
  /** Known outliers, to set the threshold by. */
  readonly outliers: DescribedVectors | undefined;
  /** In blocks. What is in one of the other two is passed by. */
  readonly judged: AsyncIterable<DescribedVectors>;
  /** How many rows there are to judge, as far as that is known. */
  readonly total: number;
}

/** What one method goes by. */
export interface MethodReport {
  readonly threshold: OutlierThreshold | LabelledThreshold | undefined;
  /** [references], the score of each as if it were not in the reference. */
  readonly leftOut: Float64Array;
  /** [known outliers], their scores; undefined where none are known. */
  readonly known: Float64Array | undefined;
}

export interface OutlierReport {
  readonly space: VectorSpace;
  readonly reference: { readonly rows: number; readonly groups: number; readonly smallestAlpha: number };
  readonly methods: Readonly<Partial<Record<OutlierMethod, MethodReport>>>;
  /** By falling score of the first method, equal ones by id. */
  readonly lines: readonly JudgedLine[];
  /** Rows that were not judged, since they are references or known outliers. */
  readonly passedBy: number;
  /** By the first method; undefined where it was not asked for. */
  readonly drift: readonly Bucket[] | undefined;
}

/** @throws MedembedError "wrong-space", "usage" for nothing to judge or an unknown field, and what the detector throws */
export async function judgeOutliers(
  { reference, outliers, judged, total }: OutlierInputs,
  settings: OutlierSettings,
): Promise<OutlierReport> {
  if (outliers) requireSpace(reference, outliers);
  const detector = fitWithProgress(reference, settings);
  const methods = methodReports(detector, outliers, settings);
  const known = new Set([...reference.ids, ...(outliers?.ids ?? [])]);
  const progress = new Progress("vectors");
  progress.total = total;
  const found: { readonly line: JudgedLine; readonly bucket: string | undefined }[] = [];
  let passedBy = 0;
  for await (const block of judged) {
    requireSpace(reference, block);
    const lines = judgeBlock(detector, methods, reference, block);
    for (const [row, line] of lines.entries()) {
      if (known.has(line.id)) passedBy++;
      else found.push({ line, bucket: settings.drift && bucketOf(block.columns[row], settings.drift) });
    }
    progress.add(block.ids.length);
  }
  progress.end();
  if (found.length === 0) throw new MedembedError("usage", "there is nothing to judge but the reference itself");

  const [first] = settings.methods;
  const scoreOf = ({ methods: own }: JudgedLine) => own[first]!.score;
  return {
    space: reference.space,
    reference: {
      rows: reference.ids.length,
      groups: new Set(patientGroups(reference)).size,
      smallestAlpha: smallestAlpha(reference.ids.length),
    },
    methods,
    lines: found.map(({ line }) => line).sort((a, b) => scoreOf(b) - scoreOf(a) || (a.id < b.id ? -1 : 1)),
    passedBy,
    drift: settings.drift && driftOf(found, settings.drift, first, detector.leftOut[first]!),
  };
}

function requireSpace(reference: DescribedVectors, { space }: DescribedVectors): void {
  if (isSameSpace(reference.space, space)) return;
  throw new MedembedError(
    "wrong-space",
    `the reference holds vectors of ${describeSpace(reference.space)}; those of ${describeSpace(space)} do not compare with them: ` +
      "embed both with one model and profile",
  );
}

function fitWithProgress(reference: DescribedVectors, { methods, neighbours }: OutlierSettings): OutlierDetector {
  const progress = new Progress("parts of the reference");
  let before = 0;
  const onPart = (done: number, parts: number) => {
    progress.total = parts;
    progress.add(done - before);
    before = done;
  };
  const { ids, vectors } = reference;
  const detector = fitOutlierDetector(
    { ids, vectors, groups: patientGroups(reference) },
    { methods, neighbours, onPart },
  );
  progress.end();
  return detector;
}

function methodReports(
  detector: OutlierDetector,
  outliers: DescribedVectors | undefined,
  { methods, alpha }: OutlierSettings,
): OutlierReport["methods"] {
  const judgement = outliers && detector.judge(outliers.vectors, patientGroups(outliers));
  return Object.fromEntries(
    methods.map((method): [OutlierMethod, MethodReport] => {
      const leftOut = detector.leftOut[method]!;
      const known = judgement?.byMethod[method]?.scores;
      return [
        method,
        { leftOut, known, threshold: known ? labelledThreshold(leftOut, known) : alphaThreshold(leftOut, alpha) },
      ];
    }),
  );
}

function judgeBlock(
  detector: OutlierDetector,
  methods: OutlierReport["methods"],
  reference: DescribedVectors,
  block: DescribedVectors,
): JudgedLine[] {
  const { byMethod, nearest } = detector.judge(block.vectors, patientGroups(block));
  return block.ids.map((_, row) => ({
    ...placeOf(block, row),
    methods: Object.fromEntries(
      Object.entries(byMethod).map(([method, { scores, pValues }]) => {
        const threshold = methods[method as OutlierMethod]?.threshold;
        return [
          method,
          { score: scores[row], p: pValues[row], isOutlier: threshold ? scores[row] > threshold.value : null },
        ];
      }),
    ),
    nearest: Array.from({ length: nearest.count }, (_, i) => {
      const at = nearest.places[row * nearest.count + i];
      const distance = nearest.distances[row * nearest.count + i];
      return { ...placeOf(reference, at), distance };
    }),
  }));
}

/** Which one it is, and where its picture is. */
function placeOf({ ids, columns }: DescribedVectors, row: number): Pick<JudgedLine, "id" | "source" | "frame"> {
  const { source, listing, frame } = columns[row];
  const place = { id: ids[row], source: String(source ?? ids[row]) };
  return listing === undefined ? place : { ...place, frame: Number(frame ?? 1) };
}

/** The bucket of rows that do not tell theirs. */
const UNKNOWN = "unknown";

function bucketOf(columns: DescribedVectors["columns"][number], { field, characters }: Drift): string | undefined {
  const value = columns[field];
  return value === undefined ? undefined : String(value).slice(0, characters);
}

function driftOf(
  found: readonly { readonly line: JudgedLine; readonly bucket: string | undefined }[],
  { field }: Drift,
  method: OutlierMethod,
  leftOut: Float64Array,
): Bucket[] {
  if (found.every(({ bucket }) => bucket === undefined)) {
    throw new MedembedError("usage", `--drift ${field}: none of those that were judged has a ${field}`);
  }
  const rows = found.map(({ line, bucket = UNKNOWN }) => {
    const { score, p, isOutlier } = line.methods[method]!;
    return { bucket, score, pValue: p, isOutlier: isOutlier ?? undefined };
  });
  return compareBuckets(leftOut, rows);
}
