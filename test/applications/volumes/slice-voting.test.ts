import assert from "node:assert/strict";
import { test } from "node:test";
import { voteForVolumes } from "../../../src/applications/volumes/slice-voting.ts";
import { reference } from "./reference.ts";

const hits = reference.voting.hits.map((found) => found.map(([volume, similarity]) => ({ volume, similarity })));

for (const method of ["frequency", "max", "sum"] as const) {
  test(`voting by ${method} ranks volumes as sorting by votes and then by id does`, () => {
    const ranked = voteForVolumes(method, hits);
    assert.deepEqual(
      ranked.map(({ volume }) => volume),
      reference.voting[method],
    );
    const votes = ranked.map((found) => found.votes);
    assert.deepEqual(
      votes,
      votes.toSorted((a, b) => b - a),
    );
  });
}

test("the reference has ties, and likenesses below zero that still beat none", () => {
  const byFrequency = voteForVolumes("frequency", hits);
  assert.ok(byFrequency.some(({ votes }, i) => votes === byFrequency[i + 1]?.votes));
  assert.deepEqual(voteForVolumes("max", hits).at(-1), { volume: "volume-99", votes: -0.5 });
});

test("nothing found ranks nothing", () => {
  assert.deepEqual(voteForVolumes("sum", []), []);
  assert.deepEqual(voteForVolumes("sum", [[], []]), []);
});
