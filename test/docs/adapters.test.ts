import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/adapters.md"), "utf8");

test("the page's example runs: exams are told apart, and the kept adapter answers", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const [, block] = /```sh\n(npx medembed adapter train examples[\s\S]*?)```/.exec(page) ?? [];
  const printed: string[] = [];
  for (const command of block.replaceAll("\\\n", " ").trim().split("\n")) {
    const { code, stdout, stderr } = await medembed(command.split(/\s+/).slice(2), { cwd: folder });
    assert.equal(code, 0, stderr);
    printed.push(stdout);
  }
  const [train, predict] = printed;
  assert.match(train, /^logistic-regression +1\.000 \(/m);
  assert.match(train, /^k-nn +1\.000 \(/m);
  const told: Record<string, string>[] = parse(predict, { columns: true });
  assert.equal(told.length, 72);
  const truths: Record<string, string>[] = parse(readFileSync(join(root, "examples/exams/labels.csv")), {
    columns: true,
  });
  const right = truths.filter(({ id, label }) => told.find((one) => one.id === id)?.label === label).length;
  assert.ok(right >= 70, `${right} of 72`);
  assert.match(readFileSync(join(folder, "exams.html"), "utf8"), /Confusion matrix/);
});
