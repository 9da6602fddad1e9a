import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdir, open, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import {
  DIRECT_CARD,
  GOLDEN_TOLERANCE,
  golden,
  goldenFile,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { medembed, parseLines, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
await mkdir(join(folder, "pictures/sub"), { recursive: true });
const [one, two, three] = golden.images.map(({ file }) => file);
await cp(goldenFile(one), join(folder, "pictures/one.png"));
await cp(goldenFile(two), join(folder, "pictures/sub/two.PNG"));
await cp(goldenFile(three), join(folder, "pictures/three"));
await writeFile(join(folder, "pictures/notes.txt"), "no image");
await writeFile(join(folder, "broken.png"), (await readFile(goldenFile(one))).subarray(0, 1_000));
const phrases = [golden.texts[1].text, golden.texts[6].text];
await writeFile(join(folder, "phrases.txt"), `${phrases.join("\n")}\n`);

const COMMON = ["--model", model, "--cache", join(folder, "cache"), "--threads", "2", "--precision", "fp32"];
const embed = (args: readonly string[], options: { stdin?: string; stdout?: number } = {}) =>
  medembed(["embed", ...args, ...COMMON], { cwd: folder, ...options });

/** Nothing that the people of a hospital would have to explain to a programmer. */
function assertNoStack(stderr: string): void {
  assert.doesNotMatch(stderr, /\n\s+at |node:internal|Error:/);
}

test("the first run builds the model once, with a word about it", async () => {
  const first = await embed(["--text", "chest"]);
  assert.match(first.stderr, /^building the model for this machine, once: 0 %\n/);
  const second = await embed(["--text", "chest"]);
  assert.doesNotMatch(second.stderr, /building/);
  assert.deepEqual(second.stdout, first.stdout);
});

test("the runtime leaves nothing in the home folder and is not let report", async () => {
  const home = await temporaryFolder();
  const env = { HOME: home, XDG_CACHE_HOME: join(home, "cache"), ORT_DISABLE_TELEMETRY: undefined };
  const { code } = await medembed(["embed", "--text", "chest", ...COMMON], { cwd: folder, env });
  assert.equal(code, 0);
  assert.deepEqual(await readdir(home), []);
});

test("files, folders, globs and texts become one line each, in order, with all that decides whether they compare", async () => {
  const args = ["pictures/three", "pictures", "pictures/sub/*.PNG", "--text", phrases[0], "--text", phrases[1]];
  const { code, stdout, stderr } = await embed(args);
  assert.equal(code, 0, stderr);
  const { images, texts } = golden;
  const expected = [
    ["pictures/three", "image", images[2].embedding],
    ["pictures/one.png", "image", images[0].embedding],
    ["pictures/sub/two.PNG", "image", images[1].embedding],
    ["pictures/sub/two.PNG", "image", images[1].embedding],
    [phrases[0], "text", texts[1].embedding],
    [phrases[1], "text", texts[6].embedding],
  ] as const;
  const records = parseLines(stdout);
  assert.equal(records.length, expected.length);
  for (const [i, [id, kind, embedding]] of expected.entries()) {
    const { vector, weights, ...facts } = records[i];
    assert.deepEqual(Object.keys(records[i]), ["id", "kind", "model", "weights", "profile", "precision", "vector"]);
    assert.deepEqual(
      { ...facts, id: facts.id.replaceAll("\\", "/") },
      { id, kind, model: "golden-small", profile: "direct", precision: "fp32" },
    );
    assert.match(weights, /^[0-9a-f]{64}$/);
    assert.ok(largestDifference(vector, embedding) <= GOLDEN_TOLERANCE, id);
  }
  assert.match(stderr, /^6 vectors, 0 failed, \d+\.\d s, \d+\.\d\/s\n$/);
});

test("paths come from standard input, one a line", async () => {
  const { code, stdout } = await embed(["-"], { stdin: "pictures/three\n\npictures/one.png\n" });
  assert.equal(code, 0);
  assert.deepEqual(
    parseLines(stdout).map(({ id }) => id),
    ["pictures/three", "pictures/one.png"],
  );
});

test("texts come from a file or from standard input, one a line", async () => {
  const fromFile = await embed(["--texts", "phrases.txt"]);
  assert.deepEqual(
    parseLines(fromFile.stdout).map(({ id, kind }) => [id, kind]),
    phrases.map((id) => [id, "text"]),
  );
  const fromStdin = await embed(["--texts", "-"], { stdin: phrases.join("\r\n") });
  assert.equal(fromStdin.stdout, fromFile.stdout);
});

test("another profile is named in the records and gives other vectors", async () => {
  const { stdout } = await embed(["pictures/one.png", "--profile", "mi2-service"]);
  const [{ profile, vector }] = parseLines(stdout);
  assert.equal(profile, "mi2-service");
  assert.ok(largestDifference(vector, golden.images[0].service_embedding) <= GOLDEN_TOLERANCE);
});

test("a broken or missing file is listed with its reason, the others are embedded, and the exit code tells", async () => {
  const { code, stdout, stderr } = await embed([
    "pictures/one.png",
    "broken.png",
    "missing.png",
    "pictures/notes.txt",
    "pictures/three",
  ]);
  assert.equal(code, 1);
  assert.deepEqual(
    parseLines(stdout).map(({ id }) => id),
    ["pictures/one.png", "pictures/three"],
  );
  const [broken, missing, notes, summary] = stderr.split("\n");
  assert.match(broken, /^failed: broken\.png: ./);
  assert.equal(missing, "failed: missing.png: no such file");
  assert.match(notes, /^failed: pictures.notes\.txt: the 8 bytes start like none of PNG, /);
  assert.match(summary, /^2 vectors, 3 failed/);
  assertNoStack(stderr);
});

test("no text and no pixel stands in an error", async () => {
  await writeFile(join(folder, "private.txt"), `Doe, Jane: ${"pneumonia ".repeat(8_000)}\nshort\n`);
  const { code, stdout, stderr } = await embed(["--texts", "private.txt"]);
  assert.equal(code, 1);
  assert.equal(parseLines(stdout).length, 1);
  assert.match(stderr, /^failed: a text: text has 8\d{4} characters/);
  assert.doesNotMatch(stderr, /Doe|pneumonia/);
});

test("what comes before an input that cannot be listed is embedded", async () => {
  const { code, stdout, stderr } = await embed(["pictures/one.png", "nothing/*.png"]);
  assert.equal(code, 1);
  assert.deepEqual(
    parseLines(stdout).map(({ id }) => id),
    ["pictures/one.png"],
  );
  assert.equal(stderr, "medembed: no file matches nothing/*.png\n");
});

const OUTPUTS = {
  ".jsonl": async (path: string) => parseLines(await readFile(path, "utf8")),
  ".npy": async (path: string) => {
    const ids = parseLines(await readFile(`${path}.ids.jsonl`, "utf8"));
    const rows = readNpy(await readFile(path));
    assert.equal(rows.length, ids.length);
    return ids.map((facts, i) => ({ ...facts, vector: rows[i] }));
  },
  ".parquet": async (path: string) => {
    const table = tableFromIPC(readParquet(new Uint8Array(await readFile(path))).intoIPCStream());
    return table.toArray().map((row) => ({ ...row.toJSON(), vector: Array.from(row.vector.toArray()) }));
  },
} as const;
const ENDINGS = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[];

for (const ending of ENDINGS) {
  test(`--out ${ending} holds what standard output would have shown`, async () => {
    const args = ["pictures", "broken.png", "--texts", "phrases.txt"];
    const shown = await embed(args);
    const written = await embed([...args, "--out", `vectors${ending}`]);
    assert.equal(written.stdout, "");
    assert.equal(written.code, 1);
    assert.deepEqual(await OUTPUTS[ending](join(folder, `vectors${ending}`)), parseLines(shown.stdout));
  });

  test(`--out ${ending} is a readable file also when every input failed`, async () => {
    const { code } = await embed(["broken.png", "--out", `none${ending}`]);
    assert.equal(code, 1);
    assert.deepEqual(await OUTPUTS[ending](join(folder, `none${ending}`)), []);
  });

  test(`--out ${ending}: Ctrl-C leaves finished work readable`, { skip: process.platform === "win32" }, async () => {
    const path = join(folder, `interrupted${ending}`);
    const child = startMedembed(["embed", "-", "--out", path, ...COMMON], { cwd: folder });
    child.stdin.write("pictures/one.png\nmissing.png\n"); // and more may come
    let stderr = "";
    for await (const chunk of child.stderr) {
      if (!stderr.includes("failed: missing.png") && `${stderr}${chunk}`.includes("failed: missing.png"))
        child.kill("SIGINT");
      stderr += chunk;
    }
    const code = child.exitCode ?? (await once(child, "exit"))[0];
    assert.equal(code, 1);
    assert.match(stderr, /1 vectors, 1 failed, .*, interrupted\n$/);
    assert.deepEqual(
      (await OUTPUTS[ending](path)).map(({ id }) => id),
      ["pictures/one.png"],
    );
  });

  test(`--out ${ending}: a full disk is told`, { skip: process.platform !== "linux" }, async () => {
    await symlink("/dev/full", join(folder, `full${ending}`));
    const { code, stderr } = await embed(["pictures/one.png", "--out", `full${ending}`]);
    assert.equal(code, 1);
    assert.equal(stderr, `medembed: cannot write full${ending}: ENOSPC\n`);
  });
}

test("standard output on a full disk is told, too", { skip: process.platform !== "linux" }, async () => {
  const full = await open("/dev/full", "w");
  const { code, stderr } = await embed(["pictures/one.png"], { stdout: full.fd });
  await full.close();
  assert.deepEqual([code, stderr], [1, "medembed: cannot write to standard output: ENOSPC\n"]);
});

test("a reader that has seen enough, such as head -1, ends the work quietly", async () => {
  const many = join(folder, "many.txt");
  await writeFile(many, Array.from({ length: 5_000 }, (_, i) => `text ${i}`).join("\n"));
  const child = startMedembed(["embed", "pictures", "--texts", many, ...COMMON], { cwd: folder });
  const stderr = readAll(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code, signal] = await once(child, "exit");
  assert.deepEqual([code, signal, await stderr], [0, null, ""]);
});

test("an older file stays as it is when the model cannot be opened", async () => {
  await writeFile(join(folder, "older.jsonl"), "older work");
  const { code } = await medembed(["embed", "--text", "chest", "--out", "older.jsonl", "--model", "nowhere"], {
    cwd: folder,
  });
  assert.equal(code, 1);
  assert.equal(await readFile(join(folder, "older.jsonl"), "utf8"), "older work");
});

const USAGE: readonly { args: readonly string[]; message: RegExp }[] = [
  { args: [], message: /nothing to embed: give a path, --text, --texts or --dicomweb/ },
  {
    args: ["a.png", "--out", "a.txt"],
    message: /--out a\.txt: the name must end in \.jsonl, \.csv, \.npy, \.parquet, \.arrow/,
  },
  { args: ["a.png", "--precision", "int4"], message: /--precision int4 is unknown; known are auto, fp32, int8/ },
  { args: ["a.png", "--threads", "0"], message: /--threads 0 must be a whole number/ },
  { args: ["a.png", "--threads", "two"], message: /--threads two must be a whole number/ },
  { args: ["a.png", "--profile", "dirct"], message: /no profile "dirct"; known are direct, mi2-service/ },
  { args: ["--study", "1.2"], message: /--study and --query need --dicomweb <url>/ },
  { args: ["--dicomweb", "http://host/"], message: /a selection needs a study or a query/ },
  { args: ["--dicomweb", "http://host/", "--query", "CT"], message: /--query CT is not of the form Modality=CT/ },
  { args: ["a.png", "--no-such-option"], message: /unknown option '--no-such-option'/ },
];

test("a command line without sense is told in a line, exit code 2", async () => {
  for (const { args, message } of USAGE) {
    const { code, stdout, stderr } = await medembed([
      "embed",
      ...args,
      "--model",
      model,
      "--cache",
      join(folder, "never"),
    ]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
    assert.equal(stdout, "");
    assertNoStack(stderr);
  }
});

/** The rows of a numpy array float32 [rows, columns], version 1. */
function readNpy(bytes: Buffer): number[][] {
  assert.equal(bytes.toString("latin1", 0, 8), "\x93NUMPY\x01\x00");
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  const header = bytes.toString("latin1", 10, start);
  assert.match(header, /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(\d+, \d+\), \} *\n$/);
  const [rows, columns] = /\((\d+), (\d+)\)/.exec(header)!.slice(1).map(Number);
  assert.equal(columns, 20);
  assert.equal(bytes.length, start + 4 * rows * columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => bytes.readFloatLE(start + 4 * (row * columns + column))),
  );
}
