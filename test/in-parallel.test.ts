import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inParallel, ORDERS } from "../src/in-parallel.ts";

async function* count(to: number): AsyncGenerator<number> {
  for (let i = 0; i < to; i++) yield i;
}

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

for (const order of ORDERS) {
  test(`${order}: every result comes once, and never more than \`width\` are begun and not yielded`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 8 }), fc.scheduler(), async (items, width, scheduler) => {
        let begun = 0;
        let yielded = 0;
        let most = 0;
        const finished: number[] = [];
        const work = async (item: number) => {
          most = Math.max(most, ++begun - yielded);
          assert.ok(begun - yielded <= width, `${begun - yielded} in work, allowed are ${width}`);
          await scheduler.schedule(Promise.resolve()); // they end in any order
          finished.push(item);
          return 10 * item;
        };
        const results: number[] = [];
        const consume = async () => {
          for await (const result of inParallel(count(items), { width, order }, work)) {
            yielded++;
            results.push(result);
          }
        };
        await scheduler.waitFor(consume());
        assert.equal(most, Math.min(width, items), "as many as allowed are in work");
        const expected = order === "ordered" ? Array.from({ length: items }, (_, i) => i) : finished;
        assert.deepEqual(
          results,
          expected.map((item) => 10 * item),
        );
        assert.equal(results.length, items);
      }),
      { numRuns: 50 },
    );
  });

  test(`${order}: items that break off throw behind the results of those before`, async () => {
    async function* broken() {
      yield 1;
      yield 2;
      throw new Error("the list breaks off");
    }
    const results: number[] = [];
    const work = async (item: number) => settle().then(() => item);
    await assert.rejects(async () => {
      for await (const result of inParallel(broken(), { width: 8, order }, work)) results.push(result);
    }, /the list breaks off/);
    assert.deepEqual(results, [1, 2]);
  });

  test(`${order}: work that fails throws, and tells the work beside it to stop`, async () => {
    const stopped: number[] = [];
    const work = async (item: number, signal: AbortSignal) => {
      if (item === 0) return item;
      if (item === 1) throw new Error("no 1");
      signal.addEventListener("abort", () => stopped.push(item));
      return new Promise<number>(() => {});
    };
    const results: number[] = [];
    await assert.rejects(async () => {
      for await (const result of inParallel(count(9), { width: 4, order }, work)) results.push(result);
    }, /no 1/);
    assert.deepEqual([results, stopped.slice(0, 2)], [[0], [2, 3]]);
  });

  test(`${order}: a signal ends it at once, whether an item or a result is awaited`, async () => {
    async function* stuck() {
      yield 1;
      await new Promise(() => {});
    }
    const endless = () => new Promise<number>(() => {});
    for (const [items, work] of [
      [stuck(), async (item: number) => item],
      [count(2), endless],
    ] as const) {
      const leave = new AbortController();
      const results = collect(inParallel(items, { width: 3, order, signal: leave.signal }, work));
      await settle();
      leave.abort(new Error("enough"));
      await assert.rejects(results, /enough/);
    }
  });
}

test("ordered: a result is yielded when its turn has come, also while the next item is still awaited", async () => {
  async function* slow() {
    yield "first";
    await new Promise(() => {}); // standard input of a person who thinks
  }
  const results = inParallel(slow(), { width: 8 }, async (item) => item.toUpperCase());
  assert.deepEqual(await results.next(), { value: "FIRST", done: false });
});

test("ordered: work that fails throws in its turn", async () => {
  const results: number[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error("no 2");
    if (item === 0) await settle();
    return item;
  };
  await assert.rejects(async () => {
    for await (const result of inParallel(count(5), { width: 8 }, work)) results.push(result);
  }, /no 2/);
  assert.deepEqual(results, [0, 1]);
});

test("unordered: a slow item holds nobody up", async () => {
  const work = (item: number) => (item === 0 ? new Promise<number>(() => {}) : Promise.resolve(item));
  const results = inParallel(count(20), { width: 2, order: "unordered" }, work);
  for (let i = 1; i < 20; i++) assert.equal((await results.next()).value, i);
});

test("who leaves early ends the items and the work", async () => {
  let isEnded = false;
  let isStopped = false;
  async function* endless() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isEnded = true;
    }
  }
  const work = async (item: number, signal: AbortSignal) => {
    signal.addEventListener("abort", () => {
      isStopped = true;
    });
    return item;
  };
  for await (const _ of inParallel(endless(), { width: 2 }, work)) break;
  await settle();
  assert.deepEqual([isEnded, isStopped], [true, true]);
});
