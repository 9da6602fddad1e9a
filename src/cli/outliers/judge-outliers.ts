import { type Bucket, compareBuckets } from "../../applications/outliers/drift.ts";
import {
  fitOutlierDetector,
  type OutlierDetector,
  type OutlierMethod,
} from "../../applications/outliers/outlier-detector.ts";
import { smallestAlpha } from "../../applications/outliers/thresholds.ts";
import { judgeVectors, type MethodThresholds, methodThresholds } from "../../applications/outliers/verdicts.ts";
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

export interface OutlierReport {
  readonly space: VectorSpace;
  readonly reference: { readonly rows: number; readonly groups: number; readonly smallestAlpha: number };
  readonly methods: MethodThresholds;
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
  const methods = methodThresholds(detector, outliers, settings.alpha);
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

function judgeBlock(
  detector: OutlierDetector,
  methods: MethodThresholds,
  reference: DescribedVectors,
  block: DescribedVectors,
): JudgedLine[] {
  return judgeVectors(detector, methods, block).map(({ methods: own, nearest }, row) => ({
    ...placeOf(block, row),
    methods: own,
    nearest: nearest.map((one) => ({ ...placeOf(reference, one.reference), distance: one.distance })),
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
