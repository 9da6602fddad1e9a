import assert from "node:assert/strict";
import { test } from "node:test";
import { stack } from "../../../src/applications/matrix.ts";
import { fitMahalanobis } from "../../../src/applications/outliers/mahalanobis.ts";
import { fitOutlierDetector } from "../../../src/applications/outliers/outlier-detector.ts";
import { seededRandom } from "../../../src/applications/random.ts";
import { aggregate } from "../../../src/applications/volumes/aggregate.ts";
import { MedembedError } from "../../../src/errors.ts";
import { assertClose, reference } from "../reference.ts";

const expected = reference("outliers");
const BOTH = { methods: ["knn", "mahalanobis"], neighbours: 2 } as const;
const SETS = Object.keys(expected).filter((name) => name.includes("vectors"));

function matrixOf(values: readonly number[], columns: number) {
  return { rows: values.length / columns, columns, values: Float32Array.from(values) };
}

function referenceOf(rows: readonly (readonly number[])[], groups = rows.map((_, row) => `patient ${row}`)) {
  return {
    ids: rows.map((_, row) => `reference ${row}`),
    vectors: stack(rows.map((row) => Float32Array.from(row))),
    groups,
  };
}

const isInvalid = (pattern: RegExp) => (error: unknown) =>
  error instanceof MedembedError && error.code === "invalid-data" && pattern.test(error.message);

for (const name of SETS) {
  test(`${name}: scores, neighbours and left-out scores are those of numpy and scikit-learn`, () => {
    const set = expected[name];
    const vectors = matrixOf(set.reference, set.columns);
    const ids = Array.from({ length: vectors.rows }, (_, row) => String(row));
    const detector = fitOutlierDetector({ ids, vectors, groups: set.groups }, { ...BOTH, neighbours: set.k });
    const judged = matrixOf(set.judged, set.columns);
    const { byMethod, nearest } = detector.judge(
      judged,
      Array.from({ length: judged.rows }, (_, row) => `other ${row}`),
    );
    assertClose(byMethod.knn!.scores, set.knn, { what: "knn" });
    assert.deepEqual([...nearest.places], set.nearest);
    assertClose(detector.leftOut.knn!, set.leftKnn, { what: "left out, knn" });
    assertClose(fitMahalanobis({ vectors, groups: set.groups }).shrinkage, set.shrinkage);
    assertClose(byMethod.mahalanobis!.scores, set.mahalanobis, { tolerance: 1e-8, what: "mahalanobis" });
    assertClose(detector.leftOut.mahalanobis!, set.leftMahalanobis, { tolerance: 1e-8, what: "left out" });
  });
}

test("a reference judged as a stranger is its own neighbour; left out, it is not, nor are others of its patient", () => {
  const set = referenceOf(
    [
      [0, 0],
      [0, 0],
      [3, 4],
      [6, 8],
    ],
    ["a", "a", "b", "c"],
  );
  const detector = fitOutlierDetector(set, { methods: ["knn"], neighbours: 1 });
  assert.deepEqual([...detector.leftOut.knn!], [5, 5, 5, 5]);
  const strangers = ["x", "x", "x", "x"];
  assert.deepEqual([...detector.judge(set.vectors, strangers).byMethod.knn!.scores], [0, 0, 0, 0]);
  assert.deepEqual([...detector.judge(set.vectors, set.groups).byMethod.knn!.scores], [5, 5, 5, 5]);
});

test("of equally near references the first is named", () => {
  const detector = fitOutlierDetector(
    referenceOf([
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]),
    { ...BOTH, methods: ["knn"] },
  );
  assert.deepEqual([...detector.judge(stack([Float32Array.of(0, 0)]), ["x"]).nearest.places], [0, 1]);
});

test("the smallest p of fifteen references is one sixteenth, however far a vector is", () => {
  const set = expected["fewer vectors than dimensions"];
  const vectors = matrixOf(set.reference, set.columns);
  const detector = fitOutlierDetector({ ids: set.groups, vectors, groups: set.groups }, BOTH);
  const far = stack([new Float32Array(set.columns).fill(1000)]);
  const { byMethod } = detector.judge(far, ["x"]);
  assert.deepEqual([byMethod.knn!.pValues[0], byMethod.mahalanobis!.pValues[0]], [1 / 16, 1 / 16]);
});

test("studies are judged by the seven statistics of their slices, those of a single slice among them", () => {
  const random = seededRandom(0);
  const study = (slices: number, centre: number) =>
    aggregate(
      "statistics",
      Array.from({ length: slices }, () => Float32Array.from({ length: 1024 }, () => centre + random())),
    );
  const accepted = Array.from({ length: 14 }, (_, i) => study(i === 3 ? 1 : 5 + (i % 3), 0));
  const detector = fitOutlierDetector(referenceOf(accepted.map((values) => [...values])), BOTH);
  const { byMethod } = detector.judge(stack([study(6, 0), study(6, 1), study(1, 1)]), ["x", "y", "z"]);
  for (const method of BOTH.methods) {
    assert.ok(detector.leftOut[method]!.every(Number.isFinite));
    const { pValues } = byMethod[method]!;
    assert.ok(pValues[0] > 0.1, `${method}: like the others, p ${pValues[0]}`);
    assert.deepEqual([...pValues.subarray(1)], [1 / 15, 1 / 15], `${method}: brighter ones`);
  }
});

test("features that never change take no part, or little, but a change in them shows", () => {
  const rows = Array.from({ length: 12 }, (_, row) => [Math.sin(row), Math.cos(3 * row), 7]);
  const detector = fitOutlierDetector(referenceOf(rows), BOTH);
  const near = detector.judge(stack([Float32Array.of(0, 0, 7)]), ["x"]).byMethod;
  const off = detector.judge(stack([Float32Array.of(0, 0, 12)]), ["x"]).byMethod;
  assert.equal(near.mahalanobis!.pValues[0], 1);
  assert.equal(off.mahalanobis!.pValues[0], 1 / 13);
  assert.equal(off.knn!.pValues[0], 1 / 13);
});

test("of many references whole groups are left out together, each once", () => {
  const rows = Array.from({ length: 330 }, (_, row) => [Math.sin(row), Math.cos(3 * row), Math.sin(5 * row * row)]);
  const groups = rows.map((_, row) => `patient ${row % 150}`);
  const told: number[] = [];
  const { leftOut } = fitMahalanobis(referenceOf(rows, groups), (done, parts) => {
    assert.equal(parts, 100);
    told.push(done);
  });
  assert.deepEqual(
    told,
    [...Array(100).keys()].map((part) => part + 1),
  );
  const part = groups.map((_, row) => (row % 150) % 100);
  const others = rows.filter((_, row) => part[row] !== part[17]);
  const fresh = fitMahalanobis(referenceOf(others)).score(stack([Float32Array.from(rows[17])]));
  assertClose(leftOut[17], fresh[0], { tolerance: 1e-6 });
});

test("too small a reference is refused with what is needed", () => {
  const knn = { methods: ["knn"], neighbours: 2 } as const;
  assert.throws(
    () => fitOutlierDetector(referenceOf([[1, 2]]), knn),
    isInvalid(/there are 1 vectors to compare with, of which 0 are left/),
  );
  assert.throws(
    () =>
      fitOutlierDetector(
        referenceOf(
          [
            [1, 2],
            [2, 1],
            [3, 3],
            [4, 1],
          ],
          ["a", "a", "a", "b"],
        ),
        knn,
      ),
    isInvalid(/there are 4 vectors to compare with, of which 1 are left for those of one patient; needed: 2/),
  );
  assert.throws(
    () =>
      fitOutlierDetector(
        referenceOf([
          [1, 2, 3],
          [2, 1, 0],
          [3, 3, 3],
        ]),
        BOTH,
      ),
    isInvalid(/2 reference vectors are too few or too alike for a covariance/),
  );
});

test("a reference of one and the same vector has distances but no covariance", () => {
  const same = referenceOf(Array.from({ length: 8 }, () => [1, 2, 3]));
  assert.deepEqual([...fitOutlierDetector(same, { methods: ["knn"], neighbours: 2 }).leftOut.knn!], Array(8).fill(0));
  assert.throws(() => fitOutlierDetector(same, BOTH), isInvalid(/too alike for a covariance/));
});

test("NaN is refused on both sides, with the likeliest reason", () => {
  const rows = [
    [1, 2],
    [2, 1],
    [3, 3],
    [4, 1],
  ];
  const broken = rows.with(2, [Number.NaN, 1]);
  assert.throws(
    () => fitOutlierDetector(referenceOf(broken), BOTH),
    isInvalid(/vector 3 of the reference .* single slice/),
  );
  const detector = fitOutlierDetector(referenceOf(rows), { methods: ["knn"], neighbours: 2 });
  const judged = stack([Float32Array.of(1, 1), Float32Array.of(1, Number.POSITIVE_INFINITY)]);
  assert.throws(() => detector.judge(judged, ["x", "y"]), isInvalid(/vector 2 of the vectors to judge/));
});
