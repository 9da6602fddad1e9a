import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { SEQUENCE_RULES } from "../../src/applications/exam-parameters/rules.ts";
import { LABEL_TARGETS, NUMBER_TARGETS } from "../../src/applications/exam-parameters/targets.ts";
import { medembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/exam-parameters.md"), "utf8");

test("the page has every rule in its order, and names every target", () => {
  const rows = SEQUENCE_RULES.map(({ label, says }) => `| ${label} | ${says} |\n`).join("");
  assert.ok(page.includes(rows));
  for (const name of Object.keys({ ...LABEL_TARGETS, ...NUMBER_TARGETS }))
    assert.ok(page.includes(`\`${name}\``), name);
});

test("the page's example runs: the header that is wrong on purpose is found, and nothing else", async () => {
  const folder = await temporaryFolder();
  await symlink(join(root, "examples"), join(folder, "examples"), "junction");
  const [, block] = /```sh\n(npx medembed exam-parameters audit [\s\S]*?)```/.exec(page) ?? [];
  const printed: string[] = [];
  for (const command of block.trim().split("\n")) {
    const { code, stdout, stderr } = await medembed(command.split(" ").slice(2), { cwd: folder });
    assert.equal(code, 0, stderr);
    printed.push(stdout);
  }
  const [audit, fit, , check] = printed;
  assert.match(audit, /^plane: \(missing\) +24 +33\.3 %$/m);
  assert.match(fit, /^72 examples of \d+ patients, each patient left out once; /m);
  const told: Record<string, string>[] = parse(await readFile(join(folder, "predicted.csv")), { columns: true });
  assert.equal(told.length, 72);
  assert.ok(told.every(({ modality, modality_predicted }) => modality === modality_predicted));
  const found = check.split("\n").filter((line) => line.startsWith("AbdomenCT-7 "));
  assert.match(check, /^72 checked, 2 disagreements$/m);
  assert.match(found[0], /^AbdomenCT-7 +bodyPart +HEAD +ABDOMEN +[01]\.\d\d +AbdomenCT-\d+ /);
  assert.match(found[1], /^AbdomenCT-7 +region +head +abdomen /);
});
