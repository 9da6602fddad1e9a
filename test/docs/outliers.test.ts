import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/outliers.md"), "utf8");

test("the page's example runs: among what is no CT or MR there are outliers, and each has a nearest reference", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const env = { MEDEMBED_CACHE: join(folder, "cache") };
  const [, block] = /```sh\n(npx medembed embed [\s\S]*?)```/.exec(page) ?? [];
  const commands = block.trim().split("\n");
  assert.equal(commands.length, 3);
  let printed = "";
  for (const command of commands) {
    const { code, stdout, stderr } = await medembed(command.split(" ").slice(2), { cwd: folder, env });
    assert.equal(code, 0, stderr);
    printed = stdout;
  }
  const report = readFileSync(join(folder, "outliers.html"), "utf8");
  assert.equal(
    report.match(/<img class="picture"[^>]* src="data:image\/jpeg;base64,/g)?.length,
    10,
    "five, each with its nearest",
  );
  assert.match(printed, /^8 references of 8 groups, 5 judged$/m);
  const lines = printed.match(/^examples\/images\/.*$/gm) ?? [];
  assert.equal(lines.length, 5);
  const isReference = /examples\/images\/(ct|mri)-[\w-]+\.\w+ +\d\.\d+$/;
  for (const line of lines) assert.match(line, isReference);
  assert.match(lines[0], / 0\.1111 +yes /);
});

test("the page's example of a library runs: radiographs and MR are outliers among CT", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const [, block] = /```sh\n(npx medembed library import [\s\S]*?)```/.exec(page) ?? [];
  let printed = "";
  for (const command of block.trim().split("\n")) {
    const { code, stdout, stderr } = await medembed(command.split(" ").slice(2), { cwd: folder });
    assert.equal(code, 0, stderr);
    printed = stdout;
  }
  assert.match(readFileSync(join(folder, "ct.html"), "utf8"), /<svg .*<\/svg>/s);
  assert.match(printed, /^36 references of \d+ groups, 36 judged$/m);
  const lines = printed.match(/^(CXR|Hand|BreastMRI)-\d+ .*$/gm) ?? [];
  assert.equal(lines.length, 36);
  for (const line of lines) assert.match(line, / yes +\S+ +0\.0270 +yes +(Abdomen|Chest|Head)CT-\d+ /);
});
