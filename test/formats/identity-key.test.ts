import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { keyedHash, newIdentityKey, openIdentityKey } from "../../src/formats/identity-key.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();

test("an identity's hash is HMAC-SHA-256 of its kind and itself, cut to 128 bits", () => {
  const key = new Uint8Array(32).fill(7);
  const expected = createHmac("sha256", key).update("patient\u00004711").digest("hex").slice(0, 32);
  assert.equal(keyedHash(key)("patient", "4711"), expected);
});

test("another key, kind or identity gives another hash, the same ones the same", () => {
  const key = newIdentityKey();
  const identify = keyedHash(key);
  const hashes = [
    identify("patient", "1.2.3"),
    identify("study", "1.2.3"),
    identify("study", "1.2.4"),
    keyedHash(newIdentityKey())("study", "1.2.4"),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(keyedHash(new Uint8Array(key))("study", "1.2.4"), hashes[2]);
});

test("a key file is made once, for its owner's eyes only, and stays", async () => {
  const path = join(folder, "made.key");
  const key = await openIdentityKey(path);
  assert.equal(key.length, 32);
  assert.equal((await readFile(path, "utf8")).trim(), Buffer.from(key).toString("hex"));
  if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await openIdentityKey(path), key);
});

test("all who make a key file at once get the same key, and nothing lies about", async () => {
  const own = join(folder, "at-once");
  await mkdir(own);
  const keys = await Promise.all(Array.from({ length: 16 }, () => openIdentityKey(join(own, "a.key"))));
  assert.equal(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size, 1);
  assert.deepEqual(await readdir(own), ["a.key"]);
});

test("a file that holds no key is refused, and so is a place where none can be made", async () => {
  const path = join(folder, "wrong.key");
  for (const wrong of ["", "secret", "ab".repeat(31), `${"ab".repeat(32)}\n${"cd".repeat(32)}`]) {
    await writeFile(path, wrong);
    await assert.rejects(openIdentityKey(path), { code: "invalid-config", message: /wrong\.key holds no key/ });
    assert.equal(await readFile(path, "utf8"), wrong);
  }
  await assert.rejects(openIdentityKey(folder), { code: "invalid-config" });
  await assert.rejects(openIdentityKey(join(folder, "missing/a.key")), { code: "write-failed" });
});
