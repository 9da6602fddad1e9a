import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { appendFile, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import type { BatchEmbedder } from "../../src/batch/embed-row.ts";
import { type BatchOptions, type BatchProgress, runBatch } from "../../src/batch/run-batch.ts";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  openGolden,
  temporaryFolder,
} from "../golden-small.ts";
import { type Cells, emptyFolder, outputsOf, writeInputs } from "./predictions.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, threads: 2 });

const images = goldenImages.map((bytes) => bytes.toString("base64"));
const [SECRET_NAME, SECRET_IMAGE] = ["Doe, Jane", Buffer.from("no picture of Jane Doe").toString("base64")];

/** Files of several chunks, of one row, of none; every way to fail among them. */
const inputFolder = await writeInputs(join(folder, "inputs"), {
  "batch_input_00000.csv": Array.from({ length: 40 }, (_, i): Cells => [i % 4 === 0 ? images[i % 3] : "", `text ${i}`]),
  "batch_input_00001.csv": [],
  "batch_input_00002.csv": [
    [images[0], golden.texts[1].text],
    [SECRET_IMAGE, SECRET_NAME],
    ["*", "x"],
    ["", ""],
    [images[1].slice(0, 400), "cut off"],
    ["", `${SECRET_NAME} ${"x".repeat(70_000)}`],
    [images[1], ""],
  ],
  "batch_input_00003.csv": [["", golden.texts[6].text]],
  "batch_input_00004, comma.csv": Array.from({ length: 20 }, (_, i): Cells => ["", `more ${i}`]),
});
await writeFile(join(inputFolder, "batch_input_00005.csv"), `text\ngood\n"broken ${SECRET_NAME}\nlost\n`);
await writeFile(join(inputFolder, "batch_input_00006.csv"), `${SECRET_NAME}\n`);
await writeFile(join(inputFolder, "batch_input_00007.CSV"), "text\r\nlast\r\n");
await writeFile(join(inputFolder, "._batch_input.csv"), "not an input");
await writeFile(join(inputFolder, "notes.txt"), "not an input");
const ROWS = 40 + 7 + 1 + 20 + 2 + 1;
const FAILED_ROWS = 6;

const run = (outFolder: string, options: Partial<BatchOptions> = {}) =>
  runBatch({ inputFolder, outFolder, embedder, ...options });

/** Counts the texts that are asked for; all else is the embedder's own. */
function countingEmbedder(): { counting: BatchEmbedder; texts: string[] } {
  const texts: string[] = [];
  const counting: BatchEmbedder = {
    card: embedder.card,
    profile: embedder.profile,
    embedImage: (bytes, options) => embedder.embedImage(bytes, options),
    embedText: (text, patience) => {
      texts.push(text);
      return embedder.embedText(text, patience);
    },
  };
  return { counting, texts };
}

const whole = join(folder, "whole");
const summary = await run(whole);
const expected = await outputsOf(whole);

test("every sound row is a line of the CSV, in order, with the vectors that the reference gives", () => {
  const lines: string[][] = parse(expected["predictions.csv"], { record_delimiter: "\r\n" });
  assert.equal(lines.length, ROWS - FAILED_ROWS);
  const places = lines.map(([row, , , , file]) => `${file} ${row.padStart(3)}`);
  assert.deepEqual(places, [...new Set(places)].sort());
  for (const line of lines) {
    assert.equal(line.length, 5);
    assert.equal(Number(line[3]), embedder.card.logitScale);
    assert.ok(Math.abs(Number(line[3]) - golden.logit_scale) < 1e-6);
  }
  const found = (file: string, row: number) => lines.find((line) => line[4] === file && line[0] === String(row))!;
  const [, image, text] = found("batch_input_00002.csv", 0);
  assert.ok(largestDifference(JSON.parse(image)[0], golden.images[0].embedding) <= GOLDEN_TOLERANCE);
  assert.ok(largestDifference(JSON.parse(text), golden.texts[1].embedding) <= GOLDEN_TOLERANCE);
  const [, other, none] = found("batch_input_00002.csv", 6);
  assert.ok(largestDifference(JSON.parse(other)[0], golden.images[1].embedding) <= GOLDEN_TOLERANCE);
  assert.equal(none, "");
  const [, noImage, lone] = found("batch_input_00003.csv", 0);
  assert.equal(noImage, "");
  assert.ok(largestDifference(JSON.parse(lone), golden.texts[6].embedding) <= GOLDEN_TOLERANCE);
});

test("a vector has the very bits that the embedder gives", async () => {
  const [line] = parse(expected["predictions.csv"]) as string[][];
  assert.deepEqual(Float32Array.from(JSON.parse(line[1])[0]), await embedder.embedImage(goldenImages[0]));
  assert.deepEqual(Float32Array.from(JSON.parse(line[2])), await embedder.embedText("text 0"));
});

test("the JSON lines say the same with one line a row, failed ones included", () => {
  const lines = expected["predictions.jsonl"]
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, ROWS + 1, "and one for the file without a header");
  const sound = lines.filter(({ error }) => !error);
  const cell = (value: unknown) => (value === undefined ? "" : JSON.stringify(value));
  assert.deepEqual(
    sound.map((line) => [
      String(line.row),
      cell(line.image_features),
      cell(line.text_features),
      cell(line.scaling_factor),
      line.file,
    ]),
    parse(expected["predictions.csv"]),
  );
  const [failed] = lines.filter(({ error }) => error);
  assert.deepEqual(Object.keys(failed), ["row", "error", "file"]);
  assert.deepEqual([failed.row, failed.file, failed.error.code], [1, "batch_input_00002.csv", "unsupported-image"]);
});

test("the manifest says who made it, of what, and which rows failed for which reason", async () => {
  const { files, failures, ...facts } = JSON.parse(expected["manifest.json"]);
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8"));
  assert.deepEqual(facts, {
    medembed: version,
    model: "golden-small",
    weights: embedder.card.weights,
    profile: "direct",
    precision: "fp32",
    rows: ROWS,
    failed: FAILED_ROWS + 1,
  });
  assert.deepEqual(
    files.map(({ file, rows, failed }: Record<string, unknown>) => [file, rows, failed]),
    [
      ["batch_input_00000.csv", 40, 0],
      ["batch_input_00001.csv", 0, 0],
      ["batch_input_00002.csv", 7, 5],
      ["batch_input_00003.csv", 1, 0],
      ["batch_input_00004, comma.csv", 20, 0],
      ["batch_input_00005.csv", 2, 1],
      ["batch_input_00006.csv", 0, 1],
      ["batch_input_00007.CSV", 1, 0],
    ],
  );
  for (const { sha256 } of files) assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    failures.map(({ file, row, column, code }: Record<string, unknown>) => [file, row, column, code]),
    [
      ["batch_input_00002.csv", 1, "image", "unsupported-image"],
      ["batch_input_00002.csv", 2, "image", "corrupt-image"],
      ["batch_input_00002.csv", 3, undefined, "empty-row"],
      ["batch_input_00002.csv", 4, "image", "corrupt-image"],
      ["batch_input_00002.csv", 5, "text", "invalid-text"],
      ["batch_input_00005.csv", 1, undefined, "invalid-request"],
      ["batch_input_00006.csv", undefined, undefined, "invalid-request"],
    ],
  );
  assert.deepEqual(summary, { files: 8, rows: ROWS, failed: FAILED_ROWS + 1, earlierRows: 0 });
});

test("nothing of the inputs stands in what the batch says, and no lock is left", async () => {
  const said = [
    expected["manifest.json"],
    expected["predictions.jsonl"],
    await readFile(join(whole, "journal.jsonl"), "utf8"),
  ];
  for (const text of said) assert.doesNotMatch(text, /Doe|Jane|broken/);
  assert.deepEqual(Object.keys(expected), ["manifest.json", "predictions.csv", "predictions.jsonl"]);
});

test("a finished batch is not computed again", async () => {
  const { counting, texts } = countingEmbedder();
  assert.deepEqual(await run(whole, { embedder: counting }), { ...summary, earlierRows: ROWS });
  assert.deepEqual(texts, []);
  assert.deepEqual(await outputsOf(whole), expected);
});

test("wherever the work breaks off, the next run completes it to the same bytes", async () => {
  const journal = await readFile(join(whole, "journal.jsonl"));
  const out = join(folder, "broken-off");
  const firstLine = journal.indexOf("\n") + 1;
  await fc.assert(
    fc.asyncProperty(fc.nat(journal.length), fc.nat(60_000), fc.boolean(), async (cut, more, hasManifest) => {
      await emptyFolder(out);
      const kept = journal.subarray(0, cut);
      await writeFile(join(out, "journal.jsonl"), kept);
      const lines = kept
        .subarray(0, kept.lastIndexOf("\n") + 1)
        .toString()
        .split("\n")
        .slice(1, -1);
      const { csv = 0, jsonl = 0 } = lines.length > 0 ? JSON.parse(lines[lines.length - 1]) : {};
      if (cut >= firstLine) {
        // What was being written when it broke off: any part of what comes next, in either file.
        const ends = { "predictions.csv": csv + more, "predictions.jsonl": jsonl + 60_000 - more };
        for (const [name, end] of Object.entries(ends)) {
          await writeFile(join(out, name), Buffer.from(expected[name]).subarray(0, end));
        }
        if (hasManifest) await writeFile(join(out, "manifest.json.part"), "{");
      }
      const { earlierRows } = await run(out);
      const done = lines.map((line) => JSON.parse(line));
      const rowsDone = new Map(done.map(({ file, rows }) => [file, rows]));
      assert.equal(
        earlierRows,
        [...rowsDone.values()].reduce((sum, rows) => sum + rows, 0),
      );
      assert.deepEqual(await outputsOf(out), expected);
    }),
    {
      numRuns: 15,
      examples: [
        [0, 0, false],
        [firstLine, 0, true],
        [journal.length, 0, true],
      ],
    },
  );
});

test("a stop leaves what is done, and the next run computes only the rest", async () => {
  const out = join(folder, "stopped");
  const stop = new AbortController();
  const seen: BatchProgress[] = [];
  const onProgress = (progress: BatchProgress) => {
    seen.push(progress);
    if (seen.length === 3) stop.abort();
  };
  await assert.rejects(run(out, { signal: stop.signal, onProgress }), { code: "cancelled", message: /goes on/ });
  assert.ok(!(await readdir(out)).includes("manifest.json"));
  assert.deepEqual(
    seen.map(({ rows }) => rows),
    [0, 16, 32],
  );

  const { counting, texts } = countingEmbedder();
  const again = await run(out, { embedder: counting });
  assert.equal(again.earlierRows, 32);
  assert.equal(texts[0], "text 32");
  assert.deepEqual(await outputsOf(out), expected);
});

test("progress says how much lies behind, earlier runs included", async () => {
  const out = join(folder, "progress");
  const seen: BatchProgress[] = [];
  const failures: string[] = [];
  await run(out, {
    onProgress: (now) => seen.push(now),
    onFailure: ({ file, row }) => failures.push(`${file} ${row}`),
  });
  const first = seen[0];
  assert.deepEqual({ ...first, totalBytes: 0 }, { files: 8, rows: 0, failed: 0, totalBytes: 0, bytes: 0 });
  const last = seen[seen.length - 1];
  assert.deepEqual(last, { ...first, rows: ROWS, failed: FAILED_ROWS + 1, bytes: first.totalBytes });
  for (const [i, { rows, bytes }] of seen.slice(1).entries()) assert.ok(rows >= seen[i].rows && bytes >= seen[i].bytes);
  assert.equal(failures.length, FAILED_ROWS + 1);
});

test("new files behind those that are done are taken in", async () => {
  const [inputs, out] = [join(folder, "grown"), join(folder, "grown-out")];
  await writeInputs(inputs, { "a.csv": [["", "one"]] });
  await run(out, { inputFolder: inputs });
  await writeInputs(inputs, { "b.csv": [["", "two"]] });
  const { counting, texts } = countingEmbedder();
  await run(out, { inputFolder: inputs, embedder: counting });
  assert.deepEqual(texts, ["two"]);
  const fresh = join(folder, "grown-fresh");
  await run(fresh, { inputFolder: inputs });
  assert.deepEqual(await outputsOf(out), await outputsOf(fresh));
});

test("an unfinished file that has changed is begun anew", async () => {
  const [inputs, out] = [join(folder, "edited"), join(folder, "edited-out")];
  const rows = Array.from({ length: 40 }, (_, i): Cells => ["", `text ${i}`]);
  await writeInputs(inputs, { "a.csv": [["", "one"]], "b.csv": rows });
  const stop = new AbortController();
  const onProgress = ({ rows }: BatchProgress) => rows > 10 && stop.abort();
  await assert.rejects(run(out, { inputFolder: inputs, signal: stop.signal, onProgress }), { code: "cancelled" });
  await writeInputs(inputs, { "b.csv": [["", "another"], ...rows] });
  assert.equal((await run(out, { inputFolder: inputs })).earlierRows, 1);
  const fresh = join(folder, "edited-fresh");
  await run(fresh, { inputFolder: inputs });
  assert.deepEqual(await outputsOf(out), await outputsOf(fresh));
});

test("a file that is written to while it is read stops the batch, and the next run takes it as it is by then", async () => {
  const [inputs, out] = [join(folder, "growing"), join(folder, "growing-out")];
  const rows = Array.from({ length: 200 }, (_, i): Cells => ["", `text ${i}`]); // more than are read ahead
  await writeInputs(inputs, { "a.csv": rows });
  const onProgress = ({ rows }: BatchProgress) => {
    if (rows === 16) appendFileSync(join(inputs, "a.csv"), ",late\n");
  };
  await assert.rejects(run(out, { inputFolder: inputs, onProgress }), { code: "usage", message: /was changed while/ });
  assert.deepEqual(await run(out, { inputFolder: inputs }), { files: 1, rows: 201, failed: 0, earlierRows: 0 });
});

test("finished work is never thrown away because something else is asked for", async () => {
  const [inputs, out] = [join(folder, "refused"), join(folder, "refused-out")];
  const write = () => writeInputs(inputs, { "b.csv": [["", "one"]], "c.csv": [["", "two"]] });
  await write();
  const options = { inputFolder: inputs };
  await run(out, options);
  const before = await outputsOf(out);
  const other: BatchEmbedder = { ...countingEmbedder().counting, card: { ...embedder.card, weights: "0".repeat(64) } };

  const refused: readonly [
    what: string,
    change: () => Promise<unknown>,
    options: Partial<BatchOptions>,
    message: RegExp,
  ][] = [
    [
      "other weights",
      write,
      { embedder: other },
      /was begun with weights [0-9a-f]{64}, now it is 0{64}; choose another/,
    ],
    ["another profile", write, { profile: "mi2-service" }, /profile direct, now it is mi2-service/],
    ["a changed file", () => writeInputs(inputs, { "b.csv": [["", "new"]] }), {}, /b\.csv is done and has changed/],
    [
      "a file before",
      () => writeInputs(inputs, { "a.csv": [["", "new"]] }),
      {},
      /a\.csv is new and sorts before b\.csv/,
    ],
    ["a file gone", () => rm(join(inputs, "c.csv")), {}, /c\.csv is done and no longer/],
  ];
  for (const [what, change, changed, message] of refused) {
    await change();
    await assert.rejects(run(out, { ...options, ...changed }), { code: "usage", message }, what);
    assert.deepEqual(await outputsOf(out), before, what);
    await rm(join(inputs, "a.csv"), { force: true });
    await write();
  }

  await truncate(join(out, "predictions.csv"), 10);
  await assert.rejects(run(out, options), {
    code: "usage",
    message: /has 10 bytes of predictions\.csv, its journal says/,
  });
  await appendFile(join(out, "journal.jsonl"), "{no JSON\n");
  await assert.rejects(run(out, options), { code: "usage", message: /journal\.jsonl is damaged/ });
  await rm(join(out, "journal.jsonl"));
  await assert.rejects(run(out, options), { code: "usage", message: /has a predictions\.csv without the journal/ });
  assert.equal((await readFile(join(out, "predictions.csv"))).length, 10);
});

test("two batches do not write into one folder, and a dead process holds nobody up", async () => {
  const out = await emptyFolder(join(folder, "locked"));
  const both = await Promise.allSettled([run(out), run(out)]);
  const refused = both.filter((one) => one.status === "rejected");
  assert.deepEqual(
    refused.map(({ reason }) => [reason.code, reason.message]),
    [["usage", `${out} is in use: this process works on it already`]],
  );
  assert.deepEqual(await outputsOf(out), expected);

  const host = encodeURIComponent(hostname());
  const other = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
  const lock = join(out, `lock-${other.pid}-${host}`);
  await writeFile(lock, "");
  await assert.rejects(run(out), { code: "usage", message: new RegExp(`process ${other.pid} works on it`) });
  other.stdin.end();
  await once(other, "exit");
  await run(out);

  await writeFile(join(out, "lock-1-elsewhere"), "");
  await assert.rejects(run(out), {
    code: "usage",
    message: /on elsewhere works on it; if that is over, delete .*lock-1-elsewhere/,
  });
  await rm(join(out, "lock-1-elsewhere"));
  await writeFile(join(out, `lock-${process.pid}-${host}`), ""); // of an earlier process of this number
  await run(out);
  assert.deepEqual(await outputsOf(out), expected);
});

test("what cannot be a batch is told before anything is written", async () => {
  const out = join(folder, "never");
  await mkdir(join(folder, "no-csv"), { recursive: true });
  await assert.rejects(run(out, { inputFolder: join(folder, "nowhere") }), {
    code: "not-found",
    message: /nowhere.*ENOENT/,
  });
  await assert.rejects(run(out, { inputFolder: join(folder, "no-csv") }), {
    code: "not-found",
    message: /no file that ends in/,
  });
  await assert.rejects(run(out, { profile: "dirct" }), { code: "unknown-profile" });
  assert.ok(!(await readdir(folder)).includes("never"));
  const inputs = join(folder, "same");
  await cp(inputFolder, inputs, { recursive: true });
  await assert.rejects(run(inputs, { inputFolder: inputs }), { code: "usage", message: /holds the inputs/ });
  assert.ok(!(await readdir(inputs)).includes("journal.jsonl"));
});
