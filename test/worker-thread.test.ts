import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MedembedError } from "../src/errors.ts";
import { WorkerThread } from "../src/worker-thread.ts";
import type { TrialRequest, TrialResponse } from "./worker-thread-trial.ts";

function startThread(): WorkerThread<TrialRequest, TrialResponse, number> {
  const thread = new WorkerThread<TrialRequest, TrialResponse, number>(
    new URL("./worker-thread-trial.ts", import.meta.url),
    "hello",
  );
  after(() => thread.close());
  return thread;
}

test("calls are answered in order, with what the thread was started with", async () => {
  const thread = startThread();
  const replies = await Promise.all([1, 2, 3].map((number) => thread.call({ task: "echo", number })));
  assert.deepEqual(
    replies.map(({ text }) => text),
    ["hello 1", "hello 2", "hello 3"],
  );
  assert.equal(thread.load, 0);
});

test("an expected error crosses the border with its code, another one without", async () => {
  const thread = startThread();
  await assert.rejects(thread.call({ task: "refuse" }), (error) => {
    return error instanceof MedembedError && error.code === "corrupt-image" && error.message === "3 bytes, needed: 4";
  });
  await assert.rejects(thread.call({ task: "stumble" }), (error) => {
    return error instanceof Error && !(error instanceof MedembedError) && error.message === "a promise was broken";
  });
  assert.equal((await thread.call({ task: "echo", number: 4 })).text, "hello 4", "the thread goes on");
});

for (const task of ["exit", "crash"] as const) {
  test(`a thread that stops by ${task} fails the calls in flight; the next call starts a fresh one`, async () => {
    const thread = startThread();
    const first = await thread.call({ task: "echo", number: 1 });
    const outcomes = await Promise.allSettled([thread.call({ task }), thread.call({ task: "echo", number: 2 })]);
    for (const outcome of outcomes) {
      assert.ok(outcome.status === "rejected");
      assert.equal(outcome.reason.code, "engine-failed");
      assert.match(outcome.reason.message, /a worker thread stopped/);
    }
    assert.equal(thread.load, 0);
    const next = await thread.call({ task: "echo", number: 3 });
    assert.equal(next.text, "hello 3");
    assert.notEqual(next.threadId, first.threadId);
  });
}

test("transferred buffers change hands in both directions", async () => {
  const thread = startThread();
  const bytes = new Uint8Array([1, 2, 3]);
  const reply = await thread.call({ task: "double", bytes }, [bytes.buffer]);
  assert.equal(bytes.length, 0, "the sender has given it away");
  assert.deepEqual([...reply.bytes!], [2, 4, 6]);
});

test("a request that cannot be sent is refused and leaves nothing pending", async () => {
  const thread = startThread();
  await assert.rejects(thread.call({ task: "echo", number: (() => 1) as unknown as number }), {
    name: "DataCloneError",
  });
  assert.equal(thread.load, 0);
  await thread.close();
});

test("an answer that cannot be sent fails its call alone", async () => {
  const thread = startThread();
  await assert.rejects(thread.call({ task: "answer a function" }), /could not be cloned/);
  assert.equal((await thread.call({ task: "echo", number: 5 })).text, "hello 5");
});

test("close waits for the calls in flight", async () => {
  const thread = startThread();
  const calls = Promise.all([1, 2, 3].map((number) => thread.call({ task: "echo", number })));
  assert.equal(thread.load, 3);
  await thread.close();
  assert.equal(thread.load, 0);
  assert.equal((await calls).length, 3);
  await thread.close();
});

test("a thread tells how far it has come while it computes, and can be ended in the midst of it", async () => {
  const thread = startThread();
  const told: number[] = [];
  const isTold = new Promise<void>((resolve) => {
    const call = thread.call({ task: "tell and go on for ever" }, [], (number) => {
      told.push(number);
      if (number === 2) resolve(assert.rejects(call, { code: "engine-failed" }));
      if (number === 2) void thread.kill();
    });
  });
  await isTold;
  assert.deepEqual(told, [1, 2]);
  assert.equal((await thread.call({ task: "echo", number: 5 })).text, "hello 5", "the next call starts a fresh one");
});
