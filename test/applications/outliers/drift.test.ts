import assert from "node:assert/strict";
import { test } from "node:test";
import { kolmogorovSmirnov } from "../../../src/applications/metrics/kolmogorov-smirnov.ts";
import { compareBuckets } from "../../../src/applications/outliers/drift.ts";
import { MedembedError } from "../../../src/errors.ts";
import { assertClose, reference } from "../reference.ts";

const { kolmogorovSmirnov: samples, kolmogorovLimit: limit } = reference("outliers");

test("Kolmogorov and Smirnov's test of two samples is scipy's exact one", () => {
  for (const { a, b, statistic, p } of samples) {
    const found = kolmogorovSmirnov(a, b);
    assertClose(found.statistic, statistic);
    assertClose(found.p, p, { tolerance: 1e-12, what: `p of ${a.length} and ${b.length}` });
    assertClose(kolmogorovSmirnov(b, a).p, p, { tolerance: 1e-12 });
  }
});

test("large samples get the p of the limit, as scipy has it", () => {
  const numbers = Array.from({ length: 10_001 }, (_, i) => i);
  for (const { shift, p } of limit) {
    const shifted = numbers.map((value) => value + shift);
    assertClose(kolmogorovSmirnov(numbers, shifted).p, p, { tolerance: 1e-12, what: `shift ${shift}` });
  }
});

test("equal samples differ by nothing, and NaN is refused", () => {
  assert.deepEqual(kolmogorovSmirnov([1, 2, 3], [1, 2, 3]), { statistic: 0, p: 1 });
  assert.throws(() => kolmogorovSmirnov([1], [Number.NaN]), MedembedError);
});

test("a month whose scores have moved stands out, one that has not does not", () => {
  const leftOut = Float64Array.from({ length: 40 }, (_, i) => i / 40);
  const row = (bucket: string, score: number) => ({ bucket, score, pValue: 1 - score, isOutlier: score > 0.95 });
  const rows = Array.from({ length: 30 }, (_, i) => [row("2025-02", 0.6 + i / 60), row("2025-01", i / 30)]).flat();
  const [first, second, ...none] = compareBuckets(leftOut, rows);
  assert.deepEqual([first.bucket, second.bucket, none.length], ["2025-01", "2025-02", 0]);
  assert.deepEqual([first.rows, second.rows, first.outliers, second.outliers], [30, 30, 1, 8]);
  assert.ok(first.p > 0.9 && second.p < 1e-5, `${first.p}, ${second.p}`);
  assertClose(second.meanPValue, 1 - second.meanScore);
  assert.equal(compareBuckets(leftOut, [{ ...rows[0], isOutlier: undefined }])[0].outliers, undefined);
});
