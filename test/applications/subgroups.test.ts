import assert from "node:assert/strict";
import { test } from "node:test";
import { weightedMean } from "../../src/applications/metrics/row-weights.ts";
import { bandOf, compareSubgroups } from "../../src/applications/subgroups.ts";

const options = { seed: 0, rounds: 300 };
const sexes = Array.from({ length: 200 }, (_, row) => (row % 4 === 0 ? "female" : "male"));
const patients = sexes.map((_, row) => `p${row >> 3}-${sexes[row]}`);
const rights = sexes.map((sex, row) => Number(row % 16 < (sex === "male" ? 14 : 8)));

test("each subgroup has its own figure, and the gap to all others", () => {
  const figures = (weights: Float64Array) => ({ accuracy: weightedMean(rights, weights) });
  const [female, male] = compareSubgroups(sexes, patients, figures, options);
  assert.deepEqual([female.value, female.rows, female.groups], ["female", 50, 25]);
  assert.deepEqual([male.value, male.rows, male.groups], ["male", 150, 25]);
  const shareOf = (sex: string) => {
    const own = rights.filter((_, row) => sexes[row] === sex);
    return own.reduce((a, b) => a + b, 0) / own.length;
  };
  assert.equal(female.figures.accuracy.own.value, shareOf("female"));
  assert.equal(female.figures.accuracy.gap.value, shareOf("female") - shareOf("male"));
  assert.equal(male.figures.accuracy.gap.value, -female.figures.accuracy.gap.value);
  const { low, high } = female.figures.accuracy.gap;
  assert.ok(low < female.figures.accuracy.gap.value && female.figures.accuracy.gap.value < high);
});

test("a lone subgroup has no gap", () => {
  const [all] = compareSubgroups(
    ["x", "x"],
    ["a", "b"],
    (weights) => ({ mean: weightedMean([1, 2], weights) }),
    options,
  );
  assert.equal(all.figures.mean.own.value, 1.5);
  assert.ok(Number.isNaN(all.figures.mean.gap.value));
});

test("bands begin at their cuts", () => {
  const bands = [3, 18, 39.9, 40, 65, 99].map((age) => bandOf(age, [18, 40, 65]));
  assert.deepEqual(bands, ["below 18", "18 to 40", "18 to 40", "40 to 65", "from 65 on", "from 65 on"]);
  assert.throws(() => bandOf(Number("n/a"), [18]), { code: "invalid-data" });
});
