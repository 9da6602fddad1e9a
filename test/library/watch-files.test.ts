import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { watchFiles } from "../../src/library/watch-files.ts";
import { temporaryFolder } from "../golden-small.ts";

test("files come once each when they are complete, later ones too, and again when they were written to", async () => {
  const folder = await temporaryFolder();
  const [first, growing, late] = ["first", "growing", "late"].map((name) => join(folder, name));
  await writeFile(first, "1");
  await writeFile(growing, "1");
  const stop = new AbortController();
  let look = 0;
  /** Each look finds the folder as somebody has left it in between. */
  const changes: Record<number, () => Promise<void>> = {
    2: () => appendFile(growing, "2"),
    3: () => appendFile(growing, "3"),
    5: () => writeFile(late, "1"),
    7: () => appendFile(first, "2"),
  };
  async function* list(): AsyncGenerator<string> {
    look++;
    await changes[look]?.();
    yield* look >= 5 ? [first, growing, late, join(folder, "missing")] : [first, growing];
    if (look === 9) stop.abort();
  }
  const given: [look: number, path: string][] = [];
  for await (const path of watchFiles(list, stop.signal, 1)) given.push([look, path]);
  assert.deepEqual(given, [
    [2, first],
    [4, growing],
    [6, late],
    [8, first],
  ]);
});

test("an interruption ends the wait for the next look", async () => {
  const stop = new AbortController();
  const files = watchFiles(async function* () {}, stop.signal);
  const next = files.next();
  setImmediate(() => stop.abort());
  assert.deepEqual(await next, { value: undefined, done: true });
});
