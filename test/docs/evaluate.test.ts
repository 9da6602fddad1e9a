import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/evaluate.md"), "utf8");

test("the page's example runs: pictures find pictures of their kind, and texts do", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const env = { MEDEMBED_CACHE: join(folder, "cache") };
  const [, block] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const printed: string[] = [];
  for (const command of block.trim().split("\n")) {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const { code, stdout, stderr } = await medembed(args.slice(2), { cwd: folder, env });
    assert.equal(code, 0, stderr);
    printed.push(stdout);
  }
  const [, pictures, texts] = printed;
  assert.match(pictures, /^13 queries of 13 groups, 2 with nothing to find, among 13 items, in brackets/);
  assert.match(texts, /^6 queries of 6 groups, among 13 items, in brackets/);
  const precision = (table: string) => Number(/ 1 +micro +(\d\.\d+) /.exec(table)?.[1]);
  assert.ok(precision(pictures) >= 0.35 && precision(texts) >= 0.95, printed.join("\n"));
});

test("the labels of the example pictures are those of their list", () => {
  const folder = join(root, "examples/images");
  const labels: { file: string; modality: string }[] = JSON.parse(readFileSync(join(folder, "labels.json"), "utf8"));
  const lines = labels.map(({ file, modality }) => `examples/images/${file},${modality}`);
  assert.equal(readFileSync(join(folder, "labels.csv"), "utf8"), `${["id,label", ...lines].join("\n")}\n`);
});
