import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/library.md"), "utf8");

test("the page's map is drawn, with a point for each example", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const [, block] = /```sh\n(npx medembed library import [\s\S]*?)```/.exec(page) ?? [];
  for (const command of block.trim().split("\n")) {
    const { code, stderr } = await medembed(command.split(" ").slice(2), { cwd: folder });
    assert.equal(code, 0, stderr);
  }
  const map = await readFile(join(folder, "map.html"), "utf8");
  assert.equal(map.match(/<title>[^<]*AbdomenCT-\d+: /g)?.length, 12);
});
