import { averagePrecision } from "../../applications/metrics/precision-recall.ts";
import { areaUnderCurve } from "../../applications/metrics/roc.ts";
import type { Bucket } from "../../applications/outliers/drift.ts";
import { outlierCuts } from "../../applications/outliers/thresholds.ts";
import type { MethodThreshold } from "../../applications/outliers/verdicts.ts";
import { formatTable } from "../adapter/report-tables.ts";
import { writeLines } from "../write-lines.ts";
import type { OutlierReport } from "./judge-outliers.ts";
import type { OutlierSettings } from "./outlier-options.ts";
import type { JudgedLine } from "./row-formats.ts";

/** Writes the rows to --out if there is one, and to standard output what is left to say: a summary, the rows, the drift. */
export async function printOutliers(report: OutlierReport, settings: OutlierSettings): Promise<void> {
  const { out, format, isJson, alpha } = settings;
  for (const note of notesOf(report, alpha)) console.error(`note: ${note}`);
  if (out !== undefined) await writeLines([format.head(report.lines[0]), ...report.lines.map(format.line)], out);
  const { lines } = report;
  if (isJson) {
    const { judged, ...summary } = plainOutliers(report);
    console.log(JSON.stringify(out === undefined ? { ...summary, judged } : summary, null, 2));
    return;
  }
  console.log(`${countsOf(report)}\n`);
  process.stdout.write(methodTable(report));
  if (out === undefined) process.stdout.write(`\n${lineTable(lines)}`);
  if (report.drift) process.stdout.write(`\n${driftTable(report.drift)}`);
}

/** All of a report, as JSON has it. */
export function plainOutliers({ lines, methods, space, ...rest }: OutlierReport) {
  const plain = Object.entries(methods).map(([method, { threshold, leftOut, known }]) => {
    const cuts = known && outlierCuts(leftOut, known);
    const ofKnown = known && { known: Array.from(known) };
    const figures = cuts && { area: areaUnderCurve(cuts), averagePrecision: averagePrecision(cuts) };
    return [method, { threshold: threshold ?? null, leftOut: Array.from(leftOut), ...ofKnown, ...figures }];
  });
  return { ...rest, methods: Object.fromEntries(plain), judged: lines };
}

export function countsOf({ reference, lines }: OutlierReport): string {
  return `${reference.rows} references of ${reference.groups} groups, ${lines.length} judged`;
}

/** What is worth knowing before the rows are read. */
function notesOf({ reference, methods, passedBy }: OutlierReport, alpha: number): string[] {
  const lacking = Object.entries(methods).filter(([, { threshold }]) => !threshold);
  return [
    ...(passedBy > 0 ? [`${passedBy} that are references or known outliers are not judged`] : []),
    ...lacking.map(([method, { known }]) =>
      known
        ? `the known outliers score no higher than the references by ${method}: there is no threshold`
        : `with ${reference.rows} references no p is below ${reference.smallestAlpha.toPrecision(3)}, so ${method} calls nothing an ` +
          `outlier at ${alpha}: take ${Math.ceil(1 / alpha) - 1} references, --alpha ${ceil3(reference.smallestAlpha)}, or known --outliers`,
    ),
  ];
}

/** Up, so that it is enough. */
function ceil3(value: number): number {
  return Math.ceil(value * 1000) / 1000;
}

function methodTable({ methods }: OutlierReport): string {
  return formatTable([
    ["method", "threshold", "by", "references: median", "highest"],
    ...Object.entries(methods).map(([method, { threshold, leftOut }]) => {
      const sorted = leftOut.toSorted();
      return [
        method,
        threshold ? digits(threshold.value) : "-",
        inWords(threshold),
        digits(sorted[sorted.length >> 1]),
        digits(sorted[sorted.length - 1]),
      ];
    }),
  ]);
}

export function inWords(threshold: MethodThreshold["threshold"]): string {
  if (!threshold) return "-";
  if (!("sensitivity" in threshold)) return threshold.origin;
  const [sensitivity, specificity] = [threshold.sensitivity, threshold.specificity].map((share) => share.toFixed(2));
  return `labels, sensitivity ${sensitivity}, specificity ${specificity} on them`;
}

function lineTable(lines: readonly JudgedLine[]): string {
  const methods = Object.keys(lines[0].methods);
  return formatTable([
    ["path", ...methods.flatMap((method) => [method, "p", "outlier"]), "nearest reference", "distance"],
    ...lines.map(({ source, methods: own, nearest: [first] }) => [
      source,
      ...Object.values(own).flatMap(({ score, p, isOutlier }) => [
        digits(score),
        p.toFixed(4),
        isOutlier === null ? "-" : isOutlier ? "yes" : "no",
      ]),
      first.source,
      digits(first.distance),
    ]),
  ]);
}

function driftTable(drift: readonly Bucket[]): string {
  return formatTable([
    ["bucket", "rows", "outliers", "mean score", "mean p", "KS distance", "KS p"],
    ...drift.map(({ bucket, rows, outliers, meanScore, meanPValue, statistic, p }) => [
      bucket,
      String(rows),
      outliers === undefined ? "-" : String(outliers),
      digits(meanScore),
      meanPValue.toFixed(3),
      statistic.toFixed(3),
      p < 0.0001 ? p.toExponential(1) : p.toFixed(4),
    ]),
  ]);
}

function digits(value: number): string {
  return value.toPrecision(4);
}
