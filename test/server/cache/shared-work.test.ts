import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { MedembedError } from "../../../src/errors.ts";
import { SharedWork } from "../../../src/server/cache/shared-work.ts";

/** Work that the test begins and ends; it does what a batcher does when its caller leaves. */
function makeWork() {
  const begun: { signal: AbortSignal; begin: () => void; end: (result: string) => void; fail: (e: Error) => void }[] =
    [];
  const doWork = ({ signal, onBegin }: { signal: AbortSignal; onBegin: () => void }) =>
    new Promise<string>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new MedembedError("cancelled", "dropped")));
      begun.push({ signal, begin: onBegin, end: resolve, fail: reject });
    });
  return { begun, doWork };
}

test("equal work in flight is done once, other work and later work on its own", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const joined = [work.join("a", {}, doWork), work.join("a", {}, doWork), work.join("b", {}, doWork)];
  assert.equal(begun.length, 2);
  assert.ok(work.has("a"));
  begun[0].end("first");
  begun[1].end("second");
  assert.deepEqual(await Promise.all(joined), ["first", "first", "second"]);
  assert.ok(!work.has("a"));
  const later = work.join("a", {}, doWork);
  begun[2].end("third");
  assert.equal(await later, "third");
});

test("every sharer is told once when the work begins, who joins afterwards at once", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const told = [0, 0, 0];
  const join = (i: number) => work.join("a", { onBegin: () => told[i]++ }, doWork);
  const joined = [join(0), join(1)];
  assert.deepEqual(told, [0, 0, 0]);
  begun[0].begin();
  begun[0].begin(); // an image has its turn twice: to be prepared and to be embedded
  assert.deepEqual(told, [1, 1, 0]);
  joined.push(join(2));
  assert.deepEqual(told, [1, 1, 1]);
  begun[0].end("done");
  await Promise.all(joined);
});

test("work that begins while it is asked for tells so", async () => {
  let told = 0;
  const immediate = async ({ onBegin }: { onBegin: () => void }) => {
    onBegin();
    return "done";
  };
  assert.equal(await new SharedWork<string>().join("a", { onBegin: () => told++ }, immediate), "done");
  assert.equal(told, 1);
});

test("one who leaves changes nothing for the others", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const callers = [new AbortController(), new AbortController()];
  const [first, second] = callers.map(({ signal }) => work.join("a", { signal }, doWork));
  callers[0].abort(); // the one who started it
  await assert.rejects(first, { code: "cancelled" });
  assert.ok(!begun[0].signal.aborted);
  begun[0].end("done");
  assert.equal(await second, "done");
  callers[1].abort();
  assert.equal(begun.length, 1);
});

test("when all have left the work is dropped, and the next to ask starts it anew", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const callers = [new AbortController(), new AbortController()];
  const joined = callers.map(({ signal }) => work.join("a", { signal }, doWork));
  const rejected = Promise.all(joined.map((result) => assert.rejects(result, { code: "cancelled" })));
  for (const caller of callers) caller.abort();
  assert.ok(begun[0].signal.aborted);
  const next = work.join("a", {}, doWork); // before the dropped work has come to its end
  assert.equal(begun.length, 2);
  await rejected;
  await setImmediate();
  assert.ok(work.has("a"), "the end of the dropped work leaves its successor in place");
  const sharer = work.join("a", {}, doWork);
  begun[1].end("anew");
  assert.deepEqual(await Promise.all([next, sharer]), ["anew", "anew"]);
});

test("an error reaches everyone and is not kept", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const joined = [work.join("a", {}, doWork), work.join("a", {}, doWork)];
  begun[0].fail(new MedembedError("corrupt-image", "broken"));
  for (const result of joined) await assert.rejects(result, { code: "corrupt-image" });
  const next = work.join("a", {}, doWork);
  begun[1].end("whole");
  assert.equal(await next, "whole");
  const throws = () => {
    throw new Error("at once");
  };
  await assert.rejects(work.join("b", {}, throws), /at once/);
  assert.ok(!work.has("b"));
});

test("a deadline is its caller's alone; the last one's drops the work", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  const soon = work.join("a", { deadline: performance.now() + 5 }, doWork);
  const never = work.join("a", { deadline: performance.now() + 1e12 }, doWork); // longer than a timer can wait
  await assert.rejects(soon, { code: "deadline-passed" });
  assert.ok(!begun[0].signal.aborted);
  begun[0].end("done");
  assert.equal(await never, "done");

  await assert.rejects(work.join("b", { deadline: performance.now() + 5 }, doWork), { code: "deadline-passed" });
  assert.ok(begun[1].signal.aborted);
});

test("who has left or is late before asking starts nothing", async () => {
  const { begun, doWork } = makeWork();
  const work = new SharedWork<string>();
  await assert.rejects(work.join("a", { signal: AbortSignal.abort() }, doWork), { code: "cancelled" });
  await assert.rejects(work.join("a", { deadline: performance.now() }, doWork), { code: "deadline-passed" });
  assert.equal(begun.length, 0);
});
