import assert from "node:assert/strict";
import { test } from "node:test";
import { axisAround, ticks } from "../../src/reports/axes.ts";
import { barPlot } from "../../src/reports/bar-plot.ts";
import { calibrationPlot } from "../../src/reports/calibration-plot.ts";
import { confusionPlot } from "../../src/reports/confusion-plot.ts";
import { curvePlot } from "../../src/reports/curve-plot.ts";
import { digits } from "../../src/reports/digits.ts";
import { gallery } from "../../src/reports/gallery.ts";
import { histogramPlot } from "../../src/reports/histogram-plot.ts";
import type { Markup } from "../../src/reports/markup.ts";
import { rocPlot } from "../../src/reports/roc-plot.ts";
import { scatterPlot } from "../../src/reports/scatter-plot.ts";

/** The cells of the table of a plot, a list a row, without its head. */
function numbersOf(plot: Markup): string[][] {
  const body = String(plot).match(/<tbody>([\s\S]*)<\/tbody>/)![1];
  return [...body.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)</g)].map(([, cell]) => cell),
  );
}

test("ticks are round numbers within the axis", () => {
  const texts = (from: number, to: number) => ticks({ from, to }).map(({ text }) => text);
  assert.deepEqual(texts(0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assert.deepEqual(texts(1, 5), ["1", "2", "3", "4", "5"]);
  assert.deepEqual(texts(-0.031, 0.047), ["-0.02", "0.00", "0.02", "0.04"]);
  assert.deepEqual(texts(0, 3_400), ["0", "1000", "2000", "3000"]);
  assert.deepEqual(texts(2, 2), []);
});

test("an axis holds all finite values, one alone and none at all", () => {
  assert.deepEqual(axisAround("x", [1, Number.NaN, 3, Number.POSITIVE_INFINITY], 0), { label: "x", from: 1, to: 3 });
  assert.deepEqual(axisAround("x", [2]), { label: "x", from: 1.5, to: 2.5 });
  assert.deepEqual(axisAround("x", []), { label: "x", from: 0, to: 1 });
});

test("a figure has three decimals, or what its size asks for", () => {
  const written = [0.12345, 5, 123456.5, 0.00001234, Number.NaN, Number.NEGATIVE_INFINITY].map(digits);
  assert.deepEqual(written, ["0.123", "5.000", "1.23e+5", "0.0000123", "–", "−∞"]);
});

test("a confusion matrix has counts and the shares of its rows, an empty row too", () => {
  const plot = confusionPlot({ title: "t", labels: ["a", "b"], counts: [[3, 1], [0, 0]] }); // biome-ignore format: a matrix
  assert.deepEqual(numbersOf(plot), [["a", "3 (75%)", "1 (25%)"], ["b", "0 (0%)", "0 (0%)"]]); // biome-ignore format: a matrix
  assert.match(String(plot), /fill-opacity="0\.75"><title>a → a: 3 \(75%\)/);
});

test("a chosen point stands where its rates say, in the colour of its curve", () => {
  const curve = (name: string) => ({ name, falsePositiveRates: [0, 1], truePositiveRates: [0, 1], area: 0.5 });
  const points = [{ name: "p", curve: "b", sensitivity: 1, specificity: 1 }];
  const plot = String(rocPlot({ title: "t", curves: [curve("a"), curve("b")], points }));
  assert.match(plot, /<g class="ink1" transform="translate\(58 10\)">/); // the upper left corner of the frame
});

test("a curve of many points is drawn with few, ends kept, and NaN breaks it", () => {
  const many = Float64Array.from({ length: 1e5 }, (_, i) => i / 99_999);
  const path = (plot: Markup) => String(plot).match(/<path class="curve ink0" d="([^"]*)"/)![1];
  const long = path(
    curvePlot({ title: "t", description: "d", x: "x", y: "y", curves: [{ name: "c", x: many, y: many }] }),
  );
  assert.ok(long.split("L").length < 1_500);
  const ends = [...long.matchAll(/([\d.]+) [\d.]+/g)].map(([, x]) => x);
  assert.deepEqual([ends[0], ends.at(-1)], ["58", "418"]);
  const broken = curvePlot({
    title: "t",
    description: "d",
    x: "x",
    y: "y",
    curves: [{ name: "c", x: [0, 1, 2], y: [0, Number.NaN, 1] }],
  });
  assert.equal(path(broken).match(/M/g)?.length, 2);
});

test("a histogram counts each score once, the end of its range too, and leaves out what is no number", () => {
  const scores = [0, 0.5, 0.999, 1, Number.NaN];
  const plot = histogramPlot({ title: "t", label: "s", classes: [{ name: "a", scores }], range: [0, 1], bins: 2 });
  assert.deepEqual(numbersOf(plot), [["0.000", "0.500", "1"], ["0.500", "1.000", "3"]]); // biome-ignore format: rows
});

test("empty bins of a calibration are left out", () => {
  const bin = (count: number) => ({
    low: 0,
    high: 0.5,
    count,
    meanProbability: count ? 0.2 : Number.NaN,
    observed: count ? 0.1 : Number.NaN,
  });
  const plot = calibrationPlot({ title: "t", bins: [bin(3), bin(0)] });
  assert.deepEqual(numbersOf(plot), [["0.000 to 0.500", "3", "0.200", "0.100"]]);
  assert.doesNotMatch(String(plot), /NaN/);
});

test("a bar without a value says so, and negative bars go to the left", () => {
  const plot = barPlot({
    title: "t",
    label: "l",
    bars: [
      { name: "a", value: Number.NaN, low: Number.NaN, high: Number.NaN },
      { name: "b", value: -1 },
      { name: "c", value: 1 },
    ],
  });
  assert.doesNotMatch(String(plot), /NaN/);
  const bars = [
    ...String(plot).matchAll(/<rect class="filled ink0"[^>]* x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g),
  ].map(([, x, width]) => [Number(x), Number(width)]);
  assert.equal(bars.length, 2);
  assert.equal(bars[0][0] + bars[0][1], bars[1][0]);
});

test("a map shows the largest groups, and the rest as others", () => {
  const points = Array.from({ length: 25 }, (_, group) =>
    Array.from({ length: 25 - group }, () => ({ x: group, y: 0, group: `g${group}` })),
  ).flat();
  const rows = numbersOf(scatterPlot({ title: "t", description: "d", points }));
  assert.equal(rows.length, 20);
  assert.deepEqual(rows[0].slice(0, 2), ["g0", "25"]);
  assert.deepEqual(rows[19].slice(0, 2), ["others", String(6 + 5 + 4 + 3 + 2 + 1)]);
});

test("a gallery takes pictures that are part of the page alone", () => {
  assert.throws(() => gallery([{ picture: { url: "https://elsewhere/a.png", alt: "a" }, known: {} }]), /data: URL/);
});
