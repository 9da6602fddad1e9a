import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { type Cells, outputsOf, writeInputs } from "../batch/predictions.ts";
import { DIRECT_CARD, goldenImages, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { MEDEMBED, medembed, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const images = goldenImages.map((bytes) => bytes.toString("base64"));
const rows = (count: number) => Array.from({ length: count }, (_, i): Cells => [images[i % 3], `text ${i}`]);
await writeInputs(join(folder, "inputs"), {
  "a.csv": rows(60),
  "b.csv": rows(60),
  "c.csv": rows(60),
  "d.csv": rows(60),
});
await writeInputs(join(folder, "poisoned"), {
  "a.csv": [
    ["", "one"],
    ["*", "Doe, Jane"],
    ["", "three"],
  ],
});

const COMMON = ["--model", model, "--cache", join(folder, "cache"), "--threads", "2", "--precision", "fp32"];
const args = (input: string, out: string, ...more: string[]) => ["batch", input, "--out", out, ...COMMON, ...more];
const batch = (...given: Parameters<typeof args>) => medembed(args(...given), { cwd: folder });
const out = (name: string) => join(folder, name);

const uninterrupted = await batch("inputs", "whole");
const expected = await outputsOf(out("whole"));
const bytesOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Waits until some rows are in the journal; the test's own time limit is the only one. */
async function firstRows(name: string): Promise<void> {
  while ((await bytesOf(join(out(name), "journal.jsonl"))) < 500)
    await new Promise((resolve) => setTimeout(resolve, 1));
}

test("a folder of CSV files becomes predictions, with a summary on standard error", async () => {
  const { code, stdout, stderr } = uninterrupted;
  assert.deepEqual([code, stdout], [0, ""]);
  assert.match(stderr, /\n240 rows of 4 files, 0 failed, \d+\.\d s, \d+\.\d\/s\n$/);
  assert.equal(expected["predictions.csv"].split("\r\n").length, 241);
});

test("failed rows are listed without what stands in them, the exit code tells, --json is for programs", async () => {
  const { code, stdout, stderr } = await batch("poisoned", "poisoned-out", "--json");
  assert.equal(code, 1);
  const [failed, summary] = stderr.split("\n");
  assert.match(failed, /^failed: a\.csv, row 1, image: /);
  assert.match(summary, /^3 rows of 1 files, 1 failed, .*, listed in poisoned-out.manifest\.json$/);
  assert.doesNotMatch(stdout + stderr, /Doe/);
  const { seconds, manifest, ...counts } = JSON.parse(stdout);
  assert.deepEqual(counts, { files: 1, rows: 3, failed: 1, earlierRows: 0 });
  assert.ok(seconds > 0);
  assert.equal(JSON.parse(await readFile(join(folder, manifest), "utf8")).failures[0].row, 1);
  assert.equal((await batch("poisoned", "poisoned-out")).code, 1, "the rows are still without vectors");
});

test("kill -9 in the midst costs nothing but time", { skip: process.platform === "win32" }, async () => {
  for (let kills = 0; kills < 2; kills++) {
    const child = startMedembed(args("inputs", "killed"), { cwd: folder });
    const exit = once(child, "exit");
    if (kills === 0) await firstRows("killed");
    else await once(child.stderr, "data"); // "going on behind": in the midst of the second half
    child.kill("SIGKILL");
    assert.deepEqual(await exit, [null, "SIGKILL"]);
    const found = await outputsOf(out("killed"));
    assert.equal(found["manifest.json"], undefined, "it was killed before the end");
    assert.ok(
      Object.keys(found).some((name) => name.startsWith(`lock-${child.pid}-`)),
      "it left its lock",
    );
  }
  const { code, stderr } = await batch("inputs", "killed");
  assert.equal(code, 0);
  assert.match(stderr, /^going on behind \d+ rows that are done\n/);
  assert.deepEqual(await outputsOf(out("killed")), expected);
});

test("Ctrl-C stops at once, and the same command goes on", { skip: process.platform === "win32" }, async () => {
  const child = startMedembed(args("inputs", "stopped"), { cwd: folder });
  const [exit, stderr] = [once(child, "exit"), readAll(child.stderr)];
  await firstRows("stopped");
  child.kill("SIGINT");
  assert.deepEqual(await exit, [1, null]);
  assert.equal(await stderr, "medembed: the batch was stopped; run the same again and it goes on\n");
  assert.equal((await batch("inputs", "stopped")).code, 0);
  assert.deepEqual(await outputsOf(out("stopped")), expected);
});

test("a disk that is full is told, and with room the same command goes on", {
  skip: process.platform === "win32",
}, async () => {
  const command = [...MEDEMBED, ...args("inputs", "full")];
  // A file may have 100 blocks of 512 or 1024 bytes; writing on fails in the midst of a line, as it does on a full disk.
  const child = spawn("sh", ["-c", 'ulimit -f 100; exec "$@"', "sh", ...command], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [stderr, [code]] = await Promise.all([readAll(child.stderr), once(child, "exit")]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^medembed: cannot write full.predictions\.(csv|jsonl): EFBIG; what is done is kept; once there is room/m,
  );
  assert.equal((await batch("inputs", "full")).code, 0);
  assert.deepEqual(await outputsOf(out("full")), expected);
});

const USAGE: readonly { readonly args: readonly string[]; readonly code: number; readonly message: RegExp }[] = [
  { args: ["inputs"], code: 2, message: /--out <folder> is needed/ },
  { args: [], code: 2, message: /missing required argument 'folder'/ },
  { args: ["inputs", "--out", "x", "--profile", "dirct"], code: 2, message: /no profile "dirct"/ },
  { args: ["inputs", "--out", "inputs"], code: 2, message: /inputs holds the inputs/ },
  { args: ["inputs", "--out", "whole", "--profile", "mi2-service"], code: 2, message: /was begun with profile direct/ },
  {
    args: ["nowhere", "--out", "x"],
    code: 1,
    message: /nowhere cannot be read: ENOENT/,
  },
];

test("what makes no sense is told in a line", async () => {
  for (const { args: given, code: expectedCode, message } of USAGE) {
    const { code, stdout, stderr } = await medembed(["batch", ...given, ...COMMON], { cwd: folder });
    assert.deepEqual([code, stdout], [expectedCode, ""], given.join(" "));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at |node:internal/);
  }
});
