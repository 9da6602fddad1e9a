import assert from "node:assert/strict";
import { test } from "node:test";
import { inGroups } from "../../src/library/in-groups.ts";
import { collect } from "./synthetic.ts";

async function* numbers(count: number, error?: Error): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
  if (error) throw error;
}
const isThree = (group: readonly number[]) => group.length === 3;

test("items come in groups that end when they are full, and with the items", async () => {
  assert.deepEqual(await collect(inGroups(numbers(7), { isFull: isThree })), [[0, 1, 2], [3, 4, 5], [6]]);
  assert.deepEqual(await collect(inGroups(numbers(3), { isFull: isThree })), [[0, 1, 2]]);
  assert.deepEqual(await collect(inGroups(numbers(0), { isFull: isThree })), []);
});

test("items that break off throw behind the group of those before", async () => {
  const seen: number[][] = [];
  const run = async () => {
    for await (const group of inGroups(numbers(4, new Error("broken")), { isFull: isThree })) seen.push(group);
  };
  await assert.rejects(run(), /broken/);
  assert.deepEqual(seen, [[0, 1, 2], [3]]);
});

test("who leaves early ends the items, too", async () => {
  let isEnded = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isEnded = true;
    }
  }
  for await (const _ of inGroups(endless(), { isFull: isThree })) break;
  assert.ok(isEnded);
});

test("a group that has waited long enough ends, and the items go on", async () => {
  let release = () => {};
  async function* slow(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    yield 3;
  }
  const seen: number[][] = [];
  for await (const group of inGroups(slow(), { isFull: isThree, afterMs: 1 })) {
    seen.push(group);
    release(); // only now comes the third
  }
  assert.deepEqual(seen, [[1, 2], [3]]);
});
