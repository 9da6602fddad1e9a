import assert from "node:assert/strict";
import { test } from "node:test";
import { cutShards, pack, type ShardInput, unpack } from "../../src/queue/shard.ts";
import { collect } from "../library/synthetic.ts";

async function* inputs(sizes: readonly number[]): AsyncGenerator<ShardInput> {
  for (const [i, bytes] of sizes.entries()) yield { path: `/archive/${i}.dcm`, bytes, modified: 1 };
}

test("a shard is full by number or by bytes, whichever comes first, and the order stays", async () => {
  const cut = async (sizes: readonly number[]) => {
    const shards = await collect(cutShards(inputs(sizes), { inputs: 3, bytes: 100 }));
    return shards.map((shard) => shard.inputs.map(({ bytes }) => bytes));
  };
  assert.deepEqual(await cut([1, 2, 3, 4]), [[1, 2, 3], [4]]);
  assert.deepEqual(await cut([60, 60, 1, 500, 2]), [[60, 60], [1, 500], [2]]);
  assert.deepEqual(await cut([]), []);
});

test("a shard's id is that of its inputs: the same when it is cut again, another when a file has changed", async () => {
  const ids = async (sizes: readonly number[]) =>
    (await collect(cutShards(inputs(sizes), { inputs: 2, bytes: 100 }))).map(({ id }) => id);
  const [first, second] = await ids([1, 2, 3]);
  assert.deepEqual(await ids([1, 2, 3]), [first, second]);
  const [same, other] = await ids([1, 2, 4]);
  assert.equal(same, first);
  assert.notEqual(other, second);
  assert.match(first, /^[0-9a-f]{32}$/);
});

test("what is packed is unpacked, and paths of one folder take little room", () => {
  const paths = Array.from({ length: 100 }, (_, i) => ({
    path: `/mnt/archive/2024/study-${i}/image.dcm`,
    bytes: 1000 + i,
  }));
  assert.deepEqual(unpack(pack(paths)), paths);
  assert.ok(pack(paths).length * 5 < JSON.stringify(paths).length);
});
