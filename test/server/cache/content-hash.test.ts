import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ContentHash } from "../../../src/server/cache/content-hash.ts";

const contentHash = new ContentHash();
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31) % 251);

test("a content of any length has its SHA-256, also among others", async () => {
  const lengths = [0, 1, 2 ** 16, 2 ** 16 + 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 - 1];
  const contents = lengths.map(bytesOf);
  const hashes = contents.map((bytes) => contentHash.of(bytes, {}));
  const expected = contents.map((bytes) => createHash("sha256").update(bytes).digest("hex"));
  assert.deepEqual(await Promise.all(hashes), expected);
});

test("while a long content is hashed the event loop turns", async () => {
  let turns = 0;
  const turn = () => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await contentHash.of(bytesOf(16 * 2 ** 20), {});
  clearImmediate(next);
  assert.ok(turns >= 15, `${turns} turns for 16 MiB`);
});

test("a content whose caller leaves is not hashed", async () => {
  const caller = new AbortController();
  const first = contentHash.of(bytesOf(2 ** 20), {});
  const second = contentHash.of(bytesOf(2 ** 20), { signal: caller.signal });
  caller.abort();
  await assert.rejects(second, { code: "cancelled" });
  assert.equal((await first).length, 64);
});
