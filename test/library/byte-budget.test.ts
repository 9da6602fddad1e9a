import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteBudget } from "../../src/library/byte-budget.ts";

/** Work that goes on until it is told to end. */
function openWork() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  return { begun, work, end: (name: string) => ends.get(name)!() };
}

test("work waits in its order until there is room for its bytes; what is larger than all goes alone", async () => {
  const budget = new ByteBudget(100);
  const { begun, work, end } = openWork();
  const results = ["60", "30", "20", "500", "1"].map((name) => budget.use(Number(name), work(name)));
  await new Promise(setImmediate);
  assert.deepEqual(begun, ["60", "30"]);
  end("60");
  await results[0];
  await new Promise(setImmediate);
  assert.deepEqual(begun, ["60", "30", "20"]);
  end("30");
  end("20");
  await Promise.all([results[1], results[2]]);
  await new Promise(setImmediate);
  assert.deepEqual(begun, ["60", "30", "20", "500"]);
  end("500");
  await results[3];
  await new Promise(setImmediate);
  end("1");
  assert.equal(await results[4], "1");
});

test("work that fails gives its room back", async () => {
  const budget = new ByteBudget(100);
  await assert.rejects(
    budget.use(100, () => Promise.reject(new Error("broken"))),
    /broken/,
  );
  assert.equal(await budget.use(100, async () => "next"), "next");
});
