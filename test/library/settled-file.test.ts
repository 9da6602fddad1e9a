import assert from "node:assert/strict";
import { appendFile, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readSettled, stateOf } from "../../src/library/settled-file.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();

test("a file is read when it is as it was", async () => {
  const path = join(folder, "quiet");
  await writeFile(path, "picture");
  const state = await stateOf(path);
  assert.equal(state.bytes, 7);
  assert.equal(Buffer.from(await readSettled(path, state)).toString(), "picture");
});

for (const [what, change] of [
  ["longer", (path: string) => appendFile(path, "more")],
  ["of another time", (path: string) => utimes(path, new Date(), new Date("2026-01-01"))],
] as const) {
  test(`a file that is ${what} by now is refused`, async () => {
    const path = join(folder, what);
    await writeFile(path, "picture");
    const state = await stateOf(path);
    await change(path);
    await assert.rejects(readSettled(path, state), { code: "corrupt-image", message: /was written to while/ });
  });
}

test("what is no file, too large or gone is refused", async () => {
  await assert.rejects(stateOf(folder), { code: "not-found" });
  await assert.rejects(stateOf(join(folder, "missing")), { code: "not-found" });
  const large = join(folder, "large");
  await writeFile(large, "");
  await truncate(large, 2 ** 30 + 1); // takes no room on the disk
  await assert.rejects(stateOf(large), { code: "image-too-large" });
  await assert.rejects(readSettled(join(folder, "missing"), { bytes: 1, modified: 1 }), { code: "not-found" });
});
