import assert from "node:assert/strict";
import { test } from "node:test";
import { AGGREGATES, type AggregateName, aggregate, normalised } from "../../../src/applications/volumes/aggregate.ts";
import { chooseSlices } from "../../../src/applications/volumes/choose-slices.ts";
import { MedembedError } from "../../../src/errors.ts";
import { dot } from "../../golden-small.ts";
import { float32s, reference } from "./reference.ts";

/** Of values around 1, the last bit of 32. */
const TOLERANCE = 1e-7;
const NAMES = Object.keys(AGGREGATES) as AggregateName[];

function assertClose(found: Float32Array, expected: readonly (number | null)[], what: string): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(found[i] - (value ?? Number.NaN));
    assert.ok(difference <= TOLERANCE * Math.max(1, Math.abs(value!)), `${what} at ${i}: ${found[i]}, not ${value}`);
  }
}

for (const name of NAMES) {
  test(`${name} is what numpy computes`, () => {
    for (const one of reference.cases) {
      const vectors = float32s(one.vectors);
      // Of one slice numpy has no deviation with ddof 1; ours is 0.
      assertClose(
        aggregate(name, vectors),
        one[name].map((value) => value ?? 0),
        `${name} of ${vectors.length}`,
      );
    }
  });
}

test("one slice has no spread, and no NaN that would break distances", () => {
  const [vector] = float32s([[0.25, -0.5]]);
  assert.equal(reference.cases[0].vectors.length, 1);
  assert.equal(reference.cases[0].statistics[5], null, "numpy's is NaN");
  assert.deepEqual([...aggregate("std", [vector])], [0, 0]);
  assert.deepEqual([...aggregate("statistics", [vector])].slice(0, 6), [0.25, -0.5, 0, 0, 0.25, -0.5]);
});

test("the seven statistics pass over what is no number", () => {
  const { vectors, statistics } = reference.withNaN;
  assertClose(aggregate("statistics", float32s(vectors)), statistics, "with NaN");
  const nothing = aggregate("statistics", float32s([[null], [null]]));
  assert.ok(nothing.every(Number.isNaN));
});

test("the vectors stay as they are", () => {
  for (const name of NAMES) {
    const vectors = float32s([
      [3, 1],
      [1, 2],
      [2, 3],
    ]);
    aggregate(name, vectors);
    assert.deepEqual(
      vectors.map((vector) => [...vector]),
      [
        [3, 1],
        [1, 2],
        [2, 3],
      ],
    );
  }
});

test("a mean of unit vectors is no unit vector until it is made one", () => {
  const mean = aggregate(
    "mean",
    float32s([
      [1, 0],
      [0, 1],
    ]),
  );
  assert.ok(dot(mean, mean) < 0.6);
  const unit = normalised(mean);
  assert.ok(Math.abs(dot(unit, unit) - 1) < 1e-6);
  assert.deepEqual([...normalised(new Float32Array(3))], [0, 0, 0]);
});

test("the mean around the centre wraps around no end", () => {
  for (const { vectors, mean, centre } of reference.centre) {
    const all = float32s(vectors);
    const around = chooseSlices(all.length, 20);
    assertClose(aggregate("mean", all.slice(around.first, around.end)), mean, `centre of ${all.length}`);
    const middle = chooseSlices(all.length, 1);
    assertClose(aggregate("mean", all.slice(middle.first, middle.end)), centre, `centre slice of ${all.length}`);
  }
  assert.deepEqual(chooseSlices(5, "all"), { first: 0, end: 5 });
  assert.deepEqual(chooseSlices(60, 20), { first: 20, end: 40 });
  assert.deepEqual(chooseSlices(4, 3), { first: 1, end: 4 });
});

test("no vectors, and vectors of different lengths, are refused", () => {
  const isUsage = (error: unknown) => error instanceof MedembedError && error.code === "usage";
  for (const name of NAMES) {
    assert.throws(() => aggregate(name, []), isUsage);
    assert.throws(() => aggregate(name, float32s([[1, 2], [1]])), isUsage);
  }
});
