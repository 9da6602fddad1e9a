import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt } from "../../src/library/lancedb.ts";

/** What LanceDB 0.37.1 said with eight writers on a busy machine, without its paths; and its other way to say so, in short. */
const PREEMPTED = [
  "Failed to execute merge insert: GenericFailure, lance error: Too many concurrent writers. Attempted 7 times, but failed on retry_timeout of 30.000 seconds.",
  "lance error: Commit conflict",
];

for (const message of PREEMPTED) {
  test(`what another writer preempted is done again: ${message.slice(0, 80)}`, async () => {
    let turns = 0;
    const done = await attempt("write-failed", "cannot write", async () => {
      if (++turns < 3) throw new Error(message);
      return "written";
    });
    assert.deepEqual({ done, turns }, { done: "written", turns: 3 });
  });
}

test("a writer whom others always preempt is told in the end", async () => {
  await assert.rejects(
    attempt("write-failed", "cannot write", () => Promise.reject(new Error(PREEMPTED[0]))),
    { code: "write-failed", message: /^cannot write: .*Too many concurrent writers/ },
  );
});

test("what fails for another reason is not done again", async () => {
  let turns = 0;
  const work = async () => {
    turns++;
    throw new Error("disk quota exceeded");
  };
  await assert.rejects(attempt("write-failed", "cannot write", work), { code: "write-failed" });
  assert.equal(turns, 1);
});
