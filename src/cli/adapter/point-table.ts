import type { Adapter } from "../../applications/adapters/adapter.ts";
import { callThresholdsOf } from "../../applications/adapters/call-thresholds.ts";
import type { LabelledVectors } from "../../applications/labelled-vectors.ts";
import type { BootstrapOptions, Estimate } from "../../applications/metrics/bootstrap.ts";
import { rankClasses } from "../../applications/metrics/ranking.ts";
import { measureThresholds } from "../../applications/operating-points/operating-points.ts";
import { predictiveValues } from "../../applications/operating-points/predictive-values.ts";
import { isNeverPossible } from "../../applications/operating-points/three-way-call.ts";
import type { ThresholdFigures } from "../../applications/operating-points/thresholds.ts";
import { digits, formatTable, interval } from "./report-tables.ts";

/** What a threshold of an adapter does to some rows. */
export interface MeasuredPoint {
  readonly label: string;
  readonly point: string;
  readonly threshold: number;
  readonly figures: Readonly<Record<keyof ThresholdFigures, Estimate>>;
  /** Where another share of people has the finding. */
  readonly adjusted?: { readonly prevalence: number } & ReturnType<typeof predictiveValues>;
}

/** @param prevalences by label */
export function measurePoints(
  adapter: Adapter,
  rows: LabelledVectors,
  { bootstrap, prevalences = new Map() }: { bootstrap: BootstrapOptions; prevalences?: ReadonlyMap<string, number> },
): MeasuredPoint[] {
  const { labels, operatingPoints } = adapter.card;
  const ranked = rankClasses(adapter.probabilities(rows.vectors), rows.labels);
  return labels.flatMap((label, name) => {
    const points = Object.entries(operatingPoints[label] ?? {});
    const thresholds = points.map(([, { threshold }]) => threshold.value);
    const measured = measureThresholds(thresholds, ranked[name], rows.groups, bootstrap);
    return points.map(([point], i) => {
      const adjusted = adjust(measured[i], prevalences.get(label));
      return { label, point, threshold: thresholds[i], figures: measured[i], ...(adjusted && { adjusted }) };
    });
  });
}

function adjust({ sensitivity, specificity }: MeasuredPoint["figures"], prevalence: number | undefined) {
  const rates = { sensitivity: sensitivity.value, specificity: specificity.value };
  if (prevalence === undefined || Number.isNaN(rates.sensitivity + rates.specificity)) return undefined;
  return { prevalence, ...predictiveValues(rates, prevalence) };
}

export function pointTable(points: readonly MeasuredPoint[]): string {
  const hasAdjusted = points.some(({ adjusted }) => adjusted);
  return formatTable([
    [
      "label",
      "point",
      "threshold",
      "sensitivity",
      "specificity",
      "PPV",
      "NPV",
      ...(hasAdjusted ? ["prevalence", "PPV there", "NPV there"] : []),
    ],
    ...points.map(({ label, point, threshold, figures, adjusted }) => [
      label,
      point,
      digits(threshold),
      interval(figures.sensitivity),
      interval(figures.specificity),
      digits(figures.positivePredictiveValue.value),
      digits(figures.negativePredictiveValue.value),
      ...(hasAdjusted
        ? [adjusted?.prevalence, adjusted?.positivePredictiveValue, adjusted?.negativePredictiveValue].map((value) =>
            value === undefined ? "" : digits(value),
          )
        : []),
    ]),
  ]);
}

/** Labels whose calls leave nothing open. */
export function neverPossibleNotes({ card }: Adapter): string[] {
  return card.labels.flatMap((label) => {
    const thresholds = callThresholdsOf(card, label);
    if (!thresholds || !isNeverPossible(thresholds)) return [];
    return [`"${label}" is never called possible: the threshold to rule out is not below the one to rule in`];
  });
}
