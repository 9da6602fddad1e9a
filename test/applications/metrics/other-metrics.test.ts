import assert from "node:assert/strict";
import { test } from "node:test";
import { erf, erfc } from "../../../src/applications/error-function.ts";
import { conformalPValues } from "../../../src/applications/metrics/conformal.ts";
import { meanAbsoluteError, meanAbsoluteLogError } from "../../../src/applications/metrics/regression.ts";
import {
  averagePrecisionAt,
  hitAt,
  indexRecall,
  meanOfQueries,
  precisionAt,
  recallAt,
} from "../../../src/applications/metrics/retrieval.ts";
import { quantile } from "../../../src/applications/metrics/sorted.ts";
import {
  concordanceIndex,
  kaplanMeier,
  logRankTest,
  medianSplitAccuracy,
} from "../../../src/applications/metrics/survival.ts";
import { assertClose, reference } from "../reference.ts";

const { regression, retrieval, special, survival } = reference("metrics");

test("errors of numbers are those of scikit-learn", () => {
  const { truths, predictions } = regression;
  assertClose(meanAbsoluteError(truths, predictions), regression.meanAbsoluteError);
  assertClose(meanAbsoluteLogError(truths, predictions), regression.meanAbsoluteLogError);
  assert.throws(() => meanAbsoluteLogError([1, 0], [1, 1]), { code: "invalid-data", message: /row 1/ });
});

test("figures of retrieval are those of scikit-learn and numpy", () => {
  const found: number[][] = retrieval.found;
  const relevant: number[] = retrieval.relevant;
  const ofEach = (figure: (row: number[], relevant: number) => number) =>
    found.map((row, query) => figure(row, relevant[query]));
  const precisions = ofEach((row) => precisionAt(5, row));
  assertClose(precisions, retrieval.precisionAt5);
  assertClose(
    ofEach((row) => hitAt(3, row)),
    retrieval.hitAt3,
  );
  assertClose(
    ofEach((row, total) => recallAt(5, row, total)),
    retrieval.recallAt5,
  );
  assertClose(
    ofEach((row) => averagePrecisionAt(10, row, "retrieved")),
    retrieval.averagePrecisionOfRetrieved,
  );
  assertClose(
    ofEach((row, total) => averagePrecisionAt(10, row, total)),
    retrieval.averagePrecisionOfRelevant,
  );
  const { micro, macro, byLabel } = meanOfQueries(precisions, retrieval.labels);
  assertClose([micro, macro], [retrieval.micro, retrieval.macro]);
  assert.equal(byLabel.size, new Set(retrieval.labels).size);
});

test("ranks beyond what was found count as misses", () => {
  assert.equal(precisionAt(4, [1, 1]), 0.5);
  assert.equal(averagePrecisionAt(4, [1, 1], 4), 0.5);
});

test("the recall of an index is what it shares with the exact search", () => {
  assert.equal(indexRecall(["c", "a", "x"], ["a", "b", "c"]), 2 / 3);
});

test("survival figures are those of scipy, the concordance that of all pairs", () => {
  const { times, events, risks, group } = survival;
  const followUp = { times, hasEvent: events };
  assertClose(concordanceIndex(followUp, risks), survival.concordance);
  assertClose(medianSplitAccuracy(followUp, risks), survival.medianSplit);
  const steps = kaplanMeier(followUp);
  assertClose(
    steps.map(({ time }) => time),
    survival.kaplanMeier.times,
  );
  assertClose(
    steps.map(({ survival }) => survival),
    survival.kaplanMeier.survival,
  );
  const of = (inGroup: boolean) => {
    const kept = (_: unknown, subject: number) => Boolean(group[subject]) === inGroup;
    return { times: times.filter(kept), hasEvent: events.filter(kept) };
  };
  const { statistic, p } = logRankTest(of(true), of(false));
  assertClose([statistic, p], [survival.logRank.statistic, survival.logRank.p]);
});

test("without events there is nothing to compare", () => {
  const followUp = { times: [1, 2], hasEvent: [0, 0] };
  assertClose(concordanceIndex(followUp, [1, 2]), "nan");
  assert.deepEqual(kaplanMeier(followUp), []);
  assertClose(logRankTest(followUp, followUp).p, "nan");
});

test("conformal p counts the references that are as unusual, and never goes below 1 / (n + 1)", () => {
  const reference = Array.from({ length: 15 }, (_, i) => i);
  assertClose(conformalPValues(reference, [100, 14, 13.5, -1]), [1 / 16, 2 / 16, 2 / 16, 1]);
  assert.throws(() => conformalPValues(reference, [Number.NaN]), { code: "invalid-data" });
});

test("quantiles are those of numpy, the error function that of scipy", () => {
  for (const [share, expected] of Object.entries(special.quantiles)) {
    assertClose(quantile(special.values, Number(share)), expected);
  }
  assertClose(quantile([], 0.5), "nan");
  assertClose(special.x.map(erf), special.erf, { tolerance: 2e-15 });
  for (const [i, x] of special.x.entries()) assertClose(erfc(x) / special.erfc[i], 1, { tolerance: 1e-12 });
});
