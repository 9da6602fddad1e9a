import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, meanOf, sample } from "../../../src/applications/metrics/bootstrap.ts";
import { meanOfDefined, weightedMean } from "../../../src/applications/metrics/row-weights.ts";

const meanOfRows = (values: ArrayLike<number>) => (weights: Float64Array) => weightedMean(values, weights);
const options = { seed: 7, rounds: 500 };

test("the same seed draws the same samples", () => {
  const groups = ["a", "b", "c", "d"];
  const statistic = meanOfRows([1, 2, 3, 4]);
  const first = sample(groups, statistic, options);
  assert.deepEqual(sample(groups, statistic, options), first);
  assert.notDeepEqual(sample(groups, statistic, { ...options, seed: 8 }).replicates, first.replicates);
});

test("groups come and go as a whole", () => {
  const groups = ["a", "a", "b", "b", "b", "c"];
  sample(
    groups,
    (weights) => {
      assert.equal(weights[0], weights[1]);
      assert.equal(weights[2], weights[4]);
      assert.equal(weights[0] + weights[2] + weights[5], 3, "as many groups are drawn as there are");
      return 0;
    },
    options,
  );
});

test("the interval of a mean is that of its standard error", () => {
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  const groups = values.map((_, i) => String(i));
  const { estimate } = sample(groups, meanOfRows(values), { seed: 1, rounds: 2_000 });
  assert.equal(estimate.value, 0.5);
  const margin = 1.96 * Math.sqrt(0.25 / 400);
  assert.ok(Math.abs(estimate.low - (0.5 - margin)) < 0.01, `${estimate.low}`);
  assert.ok(Math.abs(estimate.high - (0.5 + margin)) < 0.01, `${estimate.high}`);
});

test("pictures of few groups say less than as many independent ones", () => {
  const values = Array.from({ length: 100 }, (_, i) => Number(i < 50));
  const width = (groupSize: number) => {
    const groups = values.map((_, i) => String(Math.floor(i / groupSize)));
    const { low, high } = sample(groups, meanOfRows(values), options).estimate;
    return high - low;
  };
  assert.ok(width(10) > 2 * width(1));
});

test("a difference is paired: what does not change has no width", () => {
  const groups = Array.from({ length: 30 }, (_, i) => String(i % 7));
  const before = sample(groups, meanOfRows(groups.map(Number)), options);
  const after = sample(groups, meanOfRows(groups.map((value) => Number(value) + 1)), options);
  const { value, low, high } = differenceOf(after, before).estimate;
  for (const number of [value, low, high]) assert.ok(Math.abs(number - 1) < 1e-12);
});

test("a mean leaves out what has no value", () => {
  assert.equal(meanOfDefined([1, Number.NaN, 3]), 2);
  const one = { estimate: { value: 1, low: 0, high: 2 }, replicates: Float64Array.of(1, Number.NaN, 1) };
  const two = { estimate: { value: 3, low: 0, high: 4 }, replicates: Float64Array.of(3, 3, Number.NaN) };
  assert.deepEqual(meanOf([one, two]).replicates, Float64Array.of(2, 3, 1));
  assert.equal(meanOf([one, two]).estimate.value, 2);
});
