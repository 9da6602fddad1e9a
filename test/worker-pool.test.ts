import assert from "node:assert/strict";
import { after, test } from "node:test";
import { WorkerPool } from "../src/worker-pool.ts";
import type { TrialRequest, TrialResponse } from "./worker-thread-trial.ts";

function startPool(size: number): WorkerPool<TrialRequest, TrialResponse> {
  const pool = new WorkerPool<TrialRequest, TrialResponse>(
    size,
    new URL("./worker-thread-trial.ts", import.meta.url),
    "hi",
  );
  after(() => pool.close());
  return pool;
}

test("calls spread over the threads, each to one with the least to do", async () => {
  const pool = startPool(3);
  const replies = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => pool.call({ task: "echo", number })));
  assert.deepEqual(
    replies.map(({ text }) => text),
    ["hi 1", "hi 2", "hi 3", "hi 4", "hi 5", "hi 6"],
  );
  const threads = replies.map(({ threadId }) => threadId);
  assert.equal(new Set(threads).size, 3);
  assert.deepEqual(threads.slice(3), threads.slice(0, 3), "the second round goes like the first");
});

test("a thread that crashes fails its own calls only", async () => {
  const pool = startPool(2);
  const outcomes = await Promise.allSettled([pool.call({ task: "crash" }), pool.call({ task: "echo", number: 1 })]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : outcome.value.text)),
    ["engine-failed", "hi 1"],
  );
});

test("close waits for every thread", async () => {
  const pool = startPool(2);
  const calls = Promise.all([1, 2, 3, 4].map((number) => pool.call({ task: "echo", number })));
  await pool.close();
  assert.equal((await calls).length, 4);
});
