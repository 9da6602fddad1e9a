import { curvePlot } from "./curve-plot.ts";
import { digits } from "./digits.ts";
import { shortened } from "./legend.ts";
import type { Markup } from "./markup.ts";

/** A threshold that was chosen, and what it does. */
interface ChosenPoint {
  readonly name: string;
  /** Of whose curve it is. */
  readonly curve: string;
}

export interface RocPlot {
  readonly title: string;
  readonly curves: readonly {
    readonly name: string;
    /** [points] */
    readonly falsePositiveRates: ArrayLike<number>;
    readonly truePositiveRates: ArrayLike<number>;
    readonly area: number;
  }[];
  readonly points?: readonly (ChosenPoint & { readonly sensitivity: number; readonly specificity: number })[];
}

/** How many positives a test finds for the false alarms it gives. */
export function rocPlot({ title, curves, points = [] }: RocPlot): Markup {
  return curvePlot({
    title,
    description:
      "Receiver operating characteristic: the share of negatives called positive to the right, of positives called so upwards; the diagonal is chance.",
    x: { label: "1 − specificity", from: 0, to: 1 },
    y: { label: "sensitivity", from: 0, to: 1 },
    isSquare: true,
    curves: [
      ...curves.map(({ name, area, falsePositiveRates, truePositiveRates }) => ({
        name: named(name, "AUC", area),
        x: falsePositiveRates,
        y: truePositiveRates,
      })),
      { name: "chance", x: [0, 1], y: [0, 1], isGuide: true },
    ],
    marks: points.map(({ name, curve, sensitivity, specificity }) => ({
      name,
      x: 1 - specificity,
      y: sensitivity,
      curve: named(curve, "AUC", curves.find((one) => one.name === curve)?.area),
    })),
  });
}

export interface PrecisionRecallPlot {
  readonly title: string;
  readonly curves: readonly {
    readonly name: string;
    /** [points] */
    readonly precisions: ArrayLike<number>;
    readonly recalls: ArrayLike<number>;
    readonly averagePrecision: number;
  }[];
  readonly points?: readonly (ChosenPoint & { readonly precision: number; readonly recall: number })[];
}

/** How pure the answers are for the share of positives that they find. */
export function precisionRecallPlot({ title, curves, points = [] }: PrecisionRecallPlot): Markup {
  return curvePlot({
    title,
    description:
      "Precision against recall: the share of positives found to the right, the share of what was called positive and is so upwards.",
    x: { label: "recall", from: 0, to: 1 },
    y: { label: "precision", from: 0, to: 1 },
    isSquare: true,
    curves: curves.map(({ name, averagePrecision, precisions, recalls }) => ({
      name: named(name, "AP", averagePrecision),
      x: recalls,
      y: precisions,
    })),
    marks: points.map(({ name, curve, precision, recall }) => ({
      name,
      x: recall,
      y: precision,
      curve: named(curve, "AP", curves.find((one) => one.name === curve)?.averagePrecision),
    })),
  });
}

/** So that the figure behind it is seen. */
const MAX_NAME = 20;

function named(name: string, figure: string, value = Number.NaN): string {
  return `${shortened(name, MAX_NAME)}, ${figure} ${digits(value)}`;
}
