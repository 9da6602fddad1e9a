import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mapInOrder } from "../src/map-in-order.ts";

async function* count(to: number): AsyncGenerator<number> {
  for (let i = 0; i < to; i++) yield i;
}

/** Lets all that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("results come in the order of the items, and never more than `width` are begun and not yielded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 8 }), fc.scheduler(), async (items, width, scheduler) => {
      let begun = 0;
      let yielded = 0;
      const results: number[] = [];
      const work = async (item: number) => {
        begun++;
        assert.ok(begun - yielded <= width, `${begun - yielded} in work, allowed are ${width}`);
        await scheduler.schedule(Promise.resolve()); // they end in any order
        return 10 * item;
      };
      const consume = async () => {
        for await (const result of mapInOrder(count(items), width, work)) {
          yielded++;
          results.push(result);
        }
      };
      await scheduler.waitFor(consume());
      assert.deepEqual(
        results,
        Array.from({ length: items }, (_, i) => 10 * i),
      );
    }),
    { numRuns: 50 },
  );
});

test("a result is yielded when its turn has come, also while the next item is still awaited", async () => {
  async function* slow() {
    yield "first";
    await new Promise(() => {}); // standard input of a person who thinks
  }
  const results = mapInOrder(slow(), 8, async (item) => item.toUpperCase());
  assert.deepEqual(await results.next(), { value: "FIRST", done: false });
});

test("items that break off throw behind the results of those before", async () => {
  async function* broken() {
    yield "a";
    yield "b";
    throw new Error("the list breaks off");
  }
  const results: string[] = [];
  await assert.rejects(async () => {
    for await (const result of mapInOrder(broken(), 8, async (item) => item)) results.push(result);
  }, /the list breaks off/);
  assert.deepEqual(results, ["a", "b"]);
});

test("work that fails throws in its turn", async () => {
  const results: number[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error("no 2");
    if (item === 0) await settle();
    return item;
  };
  await assert.rejects(async () => {
    for await (const result of mapInOrder(count(5), 8, work)) results.push(result);
  }, /no 2/);
  assert.deepEqual(results, [0, 1]);
});

test("who leaves early ends the items, too", async () => {
  let isEnded = false;
  async function* endless() {
    try {
      for (;;) yield 1;
    } finally {
      isEnded = true;
    }
  }
  for await (const _ of mapInOrder(endless(), 2, async (item) => item)) break;
  await settle();
  assert.equal(isEnded, true);
});
