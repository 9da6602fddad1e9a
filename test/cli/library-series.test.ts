import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LIBRARY_COMMANDS } from "../../src/cli/library/commands.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { writeNifti } from "../formats/nifti/write-nifti.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const ENGINE = ["--model", model, "--cache", join(folder, "cache"), "--threads", "2", "--precision", "fp32"];
const COMMON = [...ENGINE, "--key", join(folder, "identities.key")];
const run = (...args: readonly string[]) => medembed(["library", ...args], { cwd: folder });

/** A series of files in a folder of its own; its slices look otherwise for another seed. */
async function writeSeries(name: string, numbers: readonly number[], seed: number): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  for (const number of numbers) {
    const values = Array.from({ length: 120 }, (_, i) => (i * seed * number) % 500);
    const slice = writeSlice(values, { columns: 12, rows: 10, number, series: `1.2.840.${seed}` });
    await writeFile(join(folder, name, `${number}.dcm`), slice);
  }
}

await writeSeries("study/first", [1, 2, 4], 37);
await writeSeries("study/second", [1, 2, 3], 91);
await writeFile(join(folder, "study/first/3.dcm"), Buffer.from(`${"\0".repeat(128)}DICM`)); // and nothing behind it
const values = Array.from({ length: 360 }, (_, i) => (i * 53) % 400);
await writeFile(join(folder, "study/volume.nii.gz"), writeNifti(values, { dims: [12, 10, 3], isPacked: true }));

test("--per series stores a record a series, tells what is found, and goes on where it was", async () => {
  const args = ["add", "study", "--per", "series", "--library", "lib", "--failures", "failed.jsonl", ...COMMON];
  const first = await run(...args, "--json");
  assert.equal(first.code, 1);
  assert.match(first.stderr, /^3 stored, 0 known, 1 failed/m);
  const gap = "1 of 3 slices are followed by a gap; about 1 are missing";
  assert.match(first.stderr, new RegExp(`^note: study.first.1\\.dcm: ${gap}$`, "m"));
  assert.match(first.stderr, /^failed: study.first.3\.dcm: the DICOM /m);
  const told = parseLines(first.stdout).filter(({ outcome }) => outcome === "stored");
  assert.deepEqual(
    told.map(({ path, slices, findings }) => [path, slices, findings]),
    [
      [join("study", "volume.nii.gz"), 3, told[0].findings],
      [join("study", "first", "1.dcm"), 3, [gap]],
      [join("study", "second", "1.dcm"), 3, []],
    ],
  );
  assert.doesNotMatch(first.stdout + first.stderr, /1\.2\.840/);
  const [failure, ...others] = parseLines(await readFile(join(folder, "failed.jsonl"), "utf8"));
  assert.deepEqual([failure.path, others], [join("study", "first", "3.dcm"), []]);

  await writeSeries("study/first", [3], 37);
  const second = await run(...args);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /^1 stored, 2 known, 0 failed/m);
  const { stdout } = await run("stats", "--library", "lib", "--json");
  assert.equal(JSON.parse(stdout).records, 3);
});

test("a folder with a series finds that series, and the page shows the middle slices", async () => {
  const at = ["--library", "queried", ...COMMON];
  await run("add", "study/second", "study/volume.nii.gz", "--per", "series", "--slices", "2", ...at);
  const { code, stdout, stderr } = await run(
    "search",
    "--image",
    "study/second",
    "--json",
    "--gallery",
    "p.html",
    ...at,
  );
  assert.equal(code, 0, stderr);
  const [best, other] = parseLines(stdout);
  assert.ok(best.score > 0.999999, String(best.score));
  assert.deepEqual([best.source, best.slices], [join(folder, "study/second/2.dcm"), 3]);
  assert.equal(other.source, join(folder, "study/volume.nii.gz"));
  const page = await readFile(join(folder, "p.html"), "utf8");
  assert.equal(page.match(/data:image\/jpeg;base64,/g)?.length, 3);
  const many = await run("search", "--image", "study", ...at);
  assert.equal(many.code, 2);
  assert.match(many.stderr, /study has 2 DICOM series in it; name the folder of one, or a file/);
});

test("what the vectors are of is the library's profile: others are refused, a search repeats it", async () => {
  const at = ["--library", "medians", ...COMMON];
  const first = await run("add", "study/second", "--per", "series", "--aggregate", "median", "--slices", "2", ...at);
  assert.equal(first.code, 0, first.stderr);
  const { stdout } = await run("search", "--image", "study/second", "--json", ...at);
  assert.ok(parseLines(stdout)[0].score > 0.999999);
  assert.equal((await run("search", "--text", "chest", ...at)).code, 0);
  const mean = await run("add", "study/second", "--per", "series", ...at);
  assert.equal(mean.code, 1);
  assert.match(
    mean.stderr,
    /profile direct;slices=2;aggregate=median, 20 values\); vectors of .*profile direct, 20 values/,
  );
  await run("export", "--library", "medians", "--out", "medians.parquet");
  assert.equal((await run("import", "medians.parquet", "--library", "copy")).stderr, "1 stored, 0 failed\n");
  const copy = await run("search", "--image", "study/second", "--json", "--library", "copy", ...COMMON);
  assert.ok(parseLines(copy.stdout)[0].score > 0.999999);
});

test("vectors that are no directions are not imported, and leave no library", async () => {
  const args = ["embed", "study/volume.nii.gz", "--aggregate", "std", "--out", "deviation.jsonl", ...ENGINE];
  await medembed(args, { cwd: folder });
  const { code, stderr } = await run("import", "deviation.jsonl", "--library", "none");
  assert.equal(code, 1);
  assert.match(stderr, /^failed: row 1 of deviation\.jsonl: a vector is 0\.\d+ long, those of a library are 1 long$/m);
  assert.match((await run("stats", "--library", "none")).stderr, /there is no library/);
});

const USAGE: readonly [options: object, message: RegExp][] = [
  [{ per: "study" }, /--per study is unknown/],
  [{ per: "series", watch: true }, /--watch takes files one by one/],
];
for (const [options, message] of USAGE) {
  test(`library add ${JSON.stringify(options)} makes no sense, and is told so`, async () => {
    const add = await LIBRARY_COMMANDS.add.load();
    await assert.rejects(add(["study"], { library: "lib", ...options }), { code: "usage", message });
  });
}

for (const aggregate of ["none", "std", "statistics"]) {
  test(`--aggregate ${aggregate} is not for libraries, and is told before one is made`, async () => {
    const { code, stderr } = await run("add", "study", "--library", "no", "--aggregate", aggregate, ...COMMON);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`--aggregate ${aggregate} is not for libraries: these compare by cosine`));
    assert.match((await run("stats", "--library", "no")).stderr, /there is no library/);
  });
}
