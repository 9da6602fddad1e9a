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
  assert.deepEqual(await collect(inGroups(numbers(7), isThree)), [[0, 1, 2], [3, 4, 5], [6]]);
  assert.deepEqual(await collect(inGroups(numbers(3), isThree)), [[0, 1, 2]]);
  assert.deepEqual(await collect(inGroups(numbers(0), isThree)), []);
});

test("items that break off throw behind the group of those before", async () => {
  const seen: number[][] = [];
  const run = async () => {
    for await (const group of inGroups(numbers(4, new Error("broken")), isThree)) seen.push(group);
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
  for await (const _ of inGroups(endless(), isThree)) break;
  assert.ok(isEnded);
});
