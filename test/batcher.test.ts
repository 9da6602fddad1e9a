import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Batcher, type BatcherOptions, oldest, sameLength } from "../src/batcher.ts";

/** A run that the test ends when it likes: nothing here waits for a clock. */
function heldRun() {
  const batches: { items: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const run = (items: readonly string[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      batches.push({ items, finish: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
    });
  return { batches, run };
}

function heldBatcher(options: Partial<BatcherOptions<string, string>> = {}) {
  const held = heldRun();
  return { ...held, batcher: new Batcher<string, string>({ run: held.run, choose: oldest(8), ...options }) };
}

/** Lets all that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const codeOf = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === "rejected" ? (outcome.reason.code ?? outcome.reason.message) : outcome.value;

test("a lone item runs at once, in a batch of its own", async () => {
  const { batcher, batches } = heldBatcher();
  const result = batcher.submit("a");
  await settle();
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["a"]],
  );
  batches[0].finish();
  assert.equal(await result, "A");
});

test("an item is told when its turn has come, not before", async () => {
  const { batcher, batches } = heldBatcher({ choose: oldest(1) });
  const begun: string[] = [];
  const results = ["a", "b"].map((item) => batcher.submit(item, { onBegin: () => begun.push(item) }));
  await settle();
  assert.deepEqual(begun, ["a"]);
  batches[0].finish();
  await results[0];
  await settle();
  assert.deepEqual(begun, ["a", "b"]);
  batches[1].finish();
  await results[1];
});

test("items of one turn share a batch, each gets its own result", async () => {
  const batcher = new Batcher<string, string>({
    run: async (items) => items.map((item) => `${item} of ${items.length}`),
    choose: oldest(8),
  });
  assert.deepEqual(await Promise.all(["a", "b", "c"].map((item) => batcher.submit(item))), [
    "a of 3",
    "b of 3",
    "c of 3",
  ]);
});

test("while a batch runs the next one collects, up to its size", async () => {
  const { batcher, batches } = heldBatcher({ choose: oldest(2) });
  const results = [batcher.submit("a")];
  await settle();
  for (const item of ["b", "c", "d"]) {
    results.push(batcher.submit(item));
    await settle();
  }
  assert.equal(batches.length, 1, "nothing starts while the engine is busy");
  batches[0].finish();
  await settle();
  batches[1].finish();
  await settle();
  batches[2].finish();
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["a"], ["b", "c"], ["d"]],
  );
  assert.deepEqual(await Promise.all(results), ["A", "B", "C", "D"]);
});

test("an item whose caller has left is dropped from its batch", async () => {
  const { batcher, batches } = heldBatcher();
  const leaving = new AbortController();
  const results = Promise.allSettled([
    batcher.submit("running"),
    settle().then(() => batcher.submit("left", { signal: leaving.signal })),
    settle().then(() => batcher.submit("stays", { signal: new AbortController().signal })),
  ]);
  await settle();
  await settle();
  leaving.abort();
  batches[0].finish();
  await settle();
  batches[1].finish();
  assert.deepEqual((await results).map(codeOf), ["RUNNING", "cancelled", "STAYS"]);
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["running"], ["stays"]],
  );
});

test("a caller who leaves while the batch runs is released at once, those beside get their results", async () => {
  const { batcher, batches } = heldBatcher();
  const leaving = new AbortController();
  const left = batcher.submit("left", { signal: leaving.signal });
  const stays = batcher.submit("stays");
  await settle();
  leaving.abort();
  await assert.rejects(left, { code: "cancelled" });
  batches[0].finish();
  assert.equal(await stays, "STAYS");
});

test("a caller who has left already never takes a place", async () => {
  const { batcher, batches } = heldBatcher();
  await assert.rejects(batcher.submit("a", { signal: AbortSignal.abort() }), { code: "cancelled" });
  await settle();
  assert.equal(batches.length, 0);
});

test("an item whose deadline has passed is dropped before it costs anything", async () => {
  const { batcher, batches } = heldBatcher();
  const running = batcher.submit("running");
  await settle();
  const late = batcher.submit("late", { deadline: performance.now() - 1 });
  const inTime = batcher.submit("in time", { deadline: performance.now() + 3_600_000 });
  batches[0].finish();
  await assert.rejects(late, { code: "deadline-passed" });
  batches[1].finish();
  assert.deepEqual(await Promise.all([running, inTime]), ["RUNNING", "IN TIME"]);
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["running"], ["in time"]],
  );
});

test("a batch that fails fails its own items only", async () => {
  const { batcher, batches } = heldBatcher({ choose: oldest(2) });
  const results = Promise.allSettled(["a", "b", "c"].map((item) => batcher.submit(item)));
  await settle();
  batches[0].fail(new Error("the engine is on fire"));
  await settle();
  batches[1].finish();
  assert.deepEqual((await results).map(codeOf), ["the engine is on fire", "the engine is on fire", "C"]);
});

test("a run that gives too few results fails its items instead of leaving them waiting", async () => {
  const batcher = new Batcher<string, string>({ run: async () => ["only one"], choose: oldest(8) });
  const results = await Promise.allSettled([batcher.submit("a"), batcher.submit("b")]);
  for (const result of results) assert.match(codeOf(result) as string, /2 gave 1 results/);
});

test("as many batches run at a time as allowed", async () => {
  const { batcher, batches } = heldBatcher({ choose: oldest(1), concurrency: 2 });
  const results = Promise.all(["a", "b", "c", "d"].map((item) => batcher.submit(item)));
  await settle();
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["a"], ["b"]],
  );
  batches[1].finish();
  await settle();
  assert.deepEqual(
    batches.map(({ items }) => items),
    [["a"], ["b"], ["c"]],
  );
  for (const at of [0, 2]) batches[at].finish();
  await settle();
  batches[3].finish();
  assert.deepEqual(await results, ["A", "B", "C", "D"]);
});

test("close waits for what is running and waiting, and takes nothing more", async () => {
  const { batcher, batches } = heldBatcher({ choose: oldest(1) });
  const results = Promise.all([batcher.submit("a"), batcher.submit("b")]);
  let isClosed = false;
  const closed = batcher.close().then(() => {
    isClosed = true;
  });
  await assert.rejects(batcher.submit("c"), { code: "closed" });
  await settle();
  batches[0].finish();
  await settle();
  assert.equal(isClosed, false, "b still runs");
  batches[1].finish();
  await closed;
  assert.deepEqual(await results, ["A", "B"]);
});

test("no item starves, however many likelier ones keep coming", async () => {
  const served: number[] = [];
  const batcher: Batcher<{ length: number }, undefined> = new Batcher({
    run: async (items) => {
      served.push(...items.map(({ length }) => length));
      const more = served.length < 200 ? [5, 5] : []; // two new ones for each batch of two
      for (const length of more) batcher.submit({ length });
      return items.map(() => undefined);
    },
    choose: sameLength(10),
  });
  const first = [5, 5, 5, 5].map((length) => batcher.submit({ length }));
  await Promise.all([...first, batcher.submit({ length: 77 })]);
  assert.deepEqual(served.slice(0, 5), [5, 5, 5, 5, 77], "its turn comes when it is the oldest");
});

const waitingTexts = fc.array(
  fc.integer({ min: 1, max: 12 }).map((length) => ({ length })),
  { minLength: 1, maxLength: 60 },
);

test("sameLength takes the oldest and as many of its length, in order, as the budget allows", () => {
  fc.assert(
    fc.property(waitingTexts, fc.integer({ min: 1, max: 1024 }), (waiting, maxTokens) => {
      const chosen = sameLength<{ length: number }>(maxTokens)(waiting);
      const { length } = waiting[0];
      const alike = waiting.flatMap((item, index) => (item.length === length ? [index] : []));
      assert.equal(chosen[0], 0, "the oldest is among them");
      assert.deepEqual(chosen, alike.slice(0, chosen.length));
      assert.ok(chosen.length === 1 || chosen.length * length <= maxTokens);
      assert.ok(chosen.length === alike.length || (chosen.length + 1) * length > maxTokens, "no room is left unused");
    }),
  );
});

test("oldest takes the first ones, as many as there are", () => {
  assert.deepEqual(oldest(3)(["a", "b"]), [0, 1]);
  assert.deepEqual(oldest(3)(["a", "b", "c", "d"]), [0, 1, 2]);
});
