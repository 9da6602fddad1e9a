import { readFile } from "node:fs/promises";
import { averagePrecision, precisionRecallCurve } from "../../applications/metrics/precision-recall.ts";
import { areaUnderCurve, rocCurve } from "../../applications/metrics/roc.ts";
import { figuresAt } from "../../applications/operating-points/thresholds.ts";
import { OUTLIER_METHODS, type OutlierMethod } from "../../applications/outliers/outlier-detector.ts";
import { outlierCuts } from "../../applications/outliers/thresholds.ts";
import type { MethodThreshold } from "../../applications/outliers/verdicts.ts";
import { MedembedError } from "../../errors.ts";
import { pictureFrom } from "../../library/gallery.ts";
import type { Look } from "../../library/show-picture.ts";
import { digits } from "../../reports/digits.ts";
import { type GalleryItem, gallery } from "../../reports/gallery.ts";
import { histogramPlot } from "../../reports/histogram-plot.ts";
import type { Markup } from "../../reports/markup.ts";
import { reportPage, type Section } from "../../reports/page.ts";
import { precisionRecallPlot, rocPlot } from "../../reports/roc-plot.ts";
import { table } from "../../reports/table.ts";
import { describeSpace, type VectorSpace } from "../../vector-space.ts";
import { lookOf } from "../library/look-of.ts";
import type { Report } from "../report-files.ts";
import type { OutlierReport } from "./judge-outliers.ts";
import { countsOf, inWords, plainOutliers } from "./print-outliers.ts";
import { cells, headCells, type JudgedLine } from "./row-formats.ts";

/** Most unusual ones that are shown, each beside its nearest reference. */
const SHOWN = 24;

/** A page with how scores are spread, how they change, and the most unusual pictures beside the accepted ones they are nearest to. */
export async function outlierReport(found: OutlierReport): Promise<Report> {
  const { space, lines, methods, drift } = found;
  const items: GalleryItem[] = [];
  const look = lookOrReason(space);
  for (const line of lines.slice(0, SHOWN)) items.push(...(await pairOf(line, look))); // few pictures in memory at a time
  const page = reportPage({
    title: "Outliers",
    about: [countsOf(found), `Vectors of ${describeSpace(space)}`],
    sections: [
      ...Object.entries(methods).map(([method, own]) => scoreSection(method as OutlierMethod, own, lines)),
      ...(drift ? [driftSection(drift)] : []),
      {
        title: "The most unusual",
        about: "Each is followed by the reference that it is nearest to.",
        parts: [gallery(items)],
      },
    ],
  });
  return { page, figures: plainOutliers(found), records: [headCells(lines[0]), ...lines.map(cells)] };
}

function scoreSection(method: OutlierMethod, own: MethodThreshold, lines: readonly JudgedLine[]): Section {
  const { threshold, leftOut, known } = own;
  const scores = lines.map(({ methods }) => methods[method]!.score);
  const outliers = lines.filter(({ methods }) => methods[method]!.isOutlier).length;
  const plot = histogramPlot({
    title: "Scores",
    label: OUTLIER_METHODS[method],
    classes: [
      { name: "references, left out", scores: leftOut },
      { name: "judged", scores },
      ...(known ? [{ name: "known outliers", scores: known }] : []),
    ],
    thresholds: threshold ? [{ name: "threshold", value: threshold.value }] : [],
  });
  const about = threshold
    ? `${outliers} of ${lines.length} lie above the threshold (${inWords(threshold)}).`
    : "There is no threshold: the reference is too small for this alpha, or known outliers score no higher.";
  return { title: method, about, parts: [plot, ...(known ? curvesOf(method, own, known) : [])] };
}

/** How well scores tell known outliers from references, with the threshold that was chosen on them. */
function curvesOf(name: OutlierMethod, { threshold, leftOut }: MethodThreshold, known: Float64Array): Markup[] {
  const cuts = outlierCuts(leftOut, known);
  const points = (threshold ? [figuresAt(threshold.value, cuts)] : []).map((figures) => ({
    name: "threshold",
    curve: name,
    ...figures,
    precision: figures.positivePredictiveValue,
    recall: figures.sensitivity,
  }));
  return [
    rocPlot({
      title: "ROC of known outliers and references",
      curves: [{ name, ...rocCurve(cuts), area: areaUnderCurve(cuts) }],
      points,
    }),
    precisionRecallPlot({
      title: "Precision and recall of known outliers",
      curves: [{ name, ...precisionRecallCurve(cuts), averagePrecision: averagePrecision(cuts) }],
      points,
    }),
  ];
}

function driftSection(drift: NonNullable<OutlierReport["drift"]>): Section {
  const head = ["bucket", "rows", "outliers", "mean score", "mean p", "KS distance", "KS p"];
  const rows = drift.map(({ bucket, rows: count, outliers, meanScore, meanPValue, statistic, p }) => [
    bucket,
    String(count),
    String(outliers ?? "–"),
    ...[meanScore, meanPValue, statistic, p].map(digits),
  ]);
  const about =
    "Scores of each bucket compared with those of the references by the test of Kolmogorov and Smirnov, which takes rows for independent.";
  return { title: "Drift", about, parts: [table({ head, rows })] };
}

/** Vectors of another program may have a profile that nobody here knows: then there are no pictures. */
function lookOrReason({ profile }: VectorSpace): Look | string {
  try {
    return lookOf(profile);
  } catch (error) {
    if (error instanceof MedembedError) return error.message;
    throw error;
  }
}

async function pairOf(line: JudgedLine, look: Look | string): Promise<GalleryItem[]> {
  const [first] = line.nearest;
  const show = ({ source, frame }: Pick<JudgedLine, "source" | "frame">) =>
    typeof look === "string" ? { missing: look } : pictureFrom(source, () => readFile(source), look, frame);
  const scores = Object.entries(line.methods).map(([method, { score, p }]) => [
    method,
    `${digits(score)}, p ${digits(p)}`,
  ]);
  const isOutlier = Object.values(line.methods).some((own) => own.isOutlier);
  return [
    {
      picture: await show(line),
      heading: isOutlier ? "outlier" : "judged",
      known: { ...Object.fromEntries(scores), path: line.source },
    },
    {
      picture: await show(first),
      heading: "nearest reference",
      known: { distance: digits(first.distance), path: first.source },
    },
  ];
}
