import { barPlot } from "../../src/reports/bar-plot.ts";
import { calibrationPlot } from "../../src/reports/calibration-plot.ts";
import { confusionPlot } from "../../src/reports/confusion-plot.ts";
import { curvePlot } from "../../src/reports/curve-plot.ts";
import { gallery } from "../../src/reports/gallery.ts";
import { histogramPlot } from "../../src/reports/histogram-plot.ts";
import type { Markup } from "../../src/reports/markup.ts";
import { precisionRecallPlot, rocPlot } from "../../src/reports/roc-plot.ts";
import { scatterPlot } from "../../src/reports/scatter-plot.ts";
import { table } from "../../src/reports/table.ts";

/** A red dot. */
const PICTURE =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==";

const rising = [0, 0.25, 0.5, 1];

/** Every kind of plot and part, each with a name from outside where it takes one. */
export function everyPart(name: string): Readonly<Record<string, Markup>> {
  return {
    confusion: confusionPlot({ title: name, labels: [name, "b"], counts: [[3, 1], [0, 4]] }), // biome-ignore format: a matrix
    roc: rocPlot({
      title: name,
      curves: [{ name, falsePositiveRates: rising, truePositiveRates: [0, 0.5, 1, 1], area: 0.8 }],
      points: [{ name, curve: name, sensitivity: 0.5, specificity: 0.75 }],
    }),
    precisionRecall: precisionRecallPlot({
      title: name,
      curves: [{ name, precisions: [1, 1, 0.6, 0.5], recalls: rising, averagePrecision: 0.7 }],
      points: [{ name, curve: name, precision: 0.6, recall: 0.5 }],
    }),
    histogram: histogramPlot({
      title: name,
      label: name,
      classes: [{ name, scores: rising }],
      thresholds: [{ name, value: 0.5 }],
    }),
    calibration: calibrationPlot({
      title: name,
      bins: [{ low: 0, high: 1, count: 4, meanProbability: 0.4, observed: 0.5 }],
    }),
    bars: barPlot({ title: name, label: name, bars: [{ name, kind: name, value: 0.5, low: 0.4, high: 0.6 }] }),
    curves: curvePlot({
      title: name,
      description: name,
      x: name,
      y: name,
      curves: [{ name, x: rising, y: rising }],
      marks: [{ name, x: 0.5, y: 0.5 }],
    }),
    scatter: scatterPlot({
      title: name,
      description: name,
      axes: [name, name],
      points: [{ x: 0, y: 1, group: name, name }],
    }),
    gallery: gallery([
      {
        picture: { url: PICTURE, alt: name },
        heading: name,
        note: name,
        known: { [name]: name },
        scores: { [name]: 0.5 },
        more: { title: name, lines: [name] },
      },
      { picture: { missing: name }, known: {} },
    ]),
    table: table({ caption: name, head: [name, name], rows: [[name, name]] }),
  };
}
