import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { EmbeddedRow } from "../../src/batch/embed-row.ts";
import { readPart, writePart } from "../../src/batch/part.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const path = join(folder, "part.jsonl");
const rows: readonly EmbeddedRow[] = [
  { row: 7, image: "[0.5,-1e-7]", text: "[1]" },
  { row: 8, fault: { code: "corrupt-image", message: "it breaks off", column: "image" } },
  { row: undefined, fault: { code: "invalid-request", message: "no header" } },
];

test("what is written is read again, also when several write it at once, and nothing else stays", async () => {
  await Promise.all([writePart(path, rows), writePart(path, rows), writePart(path, rows)]);
  const read = await readPart(path);
  assert.deepEqual(read, JSON.parse(JSON.stringify(rows)));
  assert.deepEqual(await readdir(folder), ["part.jsonl"]);
});

test("what is not whole is no part, wherever it is cut off or changed", async () => {
  await writePart(path, rows);
  const whole = await readFile(path, "utf8");
  for (let length = 0; length < whole.length; length++) {
    await writeFile(path, whole.slice(0, length));
    assert.equal(await readPart(path), undefined, `${length} bytes`);
  }
  for (const changed of [
    whole.replace("0.5", "0.6"),
    whole.replace('"row":7', '"row":9'),
    `${whole}{}\n`,
    `\n${whole}`,
  ]) {
    await writeFile(path, changed);
    assert.equal(await readPart(path), undefined, changed);
  }
  assert.equal(await readPart(join(folder, "nothing.jsonl")), undefined);
});

test("a folder that is not there is told with its reason", async () => {
  const nowhere = join(folder, "nowhere", "part.jsonl");
  await assert.rejects(writePart(nowhere, rows), {
    code: "write-failed",
    message: /cannot write .*part\.jsonl: ENOENT/,
  });
  await assert.rejects(readPart(folder), { code: "not-found", message: /cannot be read: EISDIR/ });
});
