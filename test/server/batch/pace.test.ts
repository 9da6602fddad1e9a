import assert from "node:assert/strict";
import { test } from "node:test";
import { paceOf } from "../../../src/server/batch/pace.ts";

const first = { files: 2, rows: 100, failed: 0, bytes: 1_000, totalBytes: 10_000 };

test("the pace is that of this run, and the bytes tell what is left", () => {
  const now = { ...first, rows: 150, bytes: 4_000 };
  assert.deepEqual(paceOf(first, now, 20_000), { rowsPerSecond: 2.5, secondsLeft: 40 });
  assert.equal(paceOf(first, { ...now, bytes: 10_000 }, 20_000)?.secondsLeft, 0);
});

test("before anything is done there is no pace", () => {
  assert.equal(paceOf(first, first, 20_000), undefined);
  assert.equal(paceOf(first, { ...first, rows: 101 }, 20_000), undefined, "no byte more");
});
