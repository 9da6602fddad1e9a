import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { writeNifti } from "../formats/nifti/write-nifti.ts";
import { DIRECT_CARD, dot, golden, goldenFile, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const COMMON = ["--model", model, "--cache", join(folder, "cache"), "--threads", "2", "--precision", "fp32"];
const embed = (...args: readonly string[]) => medembed(["embed", ...args, ...COMMON], { cwd: folder });

const values = Array.from({ length: 12 * 10 * 3 }, (_, i) => (i * 37) % 500);
await mkdir(join(folder, "study/sub"), { recursive: true });
const sform = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 0],
];
await writeFile(join(folder, "volume.nii.gz"), writeNifti(values, { dims: [12, 10, 3], sform, isPacked: true }));
await cp(join(folder, "volume.nii.gz"), join(folder, "study/volume.nii.gz"));
await cp(goldenFile(golden.images[0].file), join(folder, "study/picture.png"));
const slice = (number: number, series: string) =>
  writeSlice(values.slice((number - 1) * 120, number * 120), { columns: 12, rows: 10, number, series });
for (const [name, number, series] of [
  ["a.dcm", 3, "1.2.840.1"],
  ["b", 1, "1.2.840.1"],
  ["sub/c.dcm", 2, "1.2.840.1"],
  ["sub/d.dcm", 2, "1.2.840.2"],
] as const) {
  await writeFile(join(folder, "study", name), slice(number, series));
}

/** id and kind of each record. */
const named = (stdout: string) => parseLines(stdout).map(({ id, kind }) => `${kind} ${id}`);

test("a NIfTI file is one vector of length 1", async () => {
  const { code, stdout, stderr } = await embed("volume.nii.gz");
  assert.equal(code, 0, stderr);
  const [record, ...others] = parseLines(stdout);
  assert.deepEqual(others, []);
  assert.deepEqual([record.id, record.kind, record.profile], ["volume.nii.gz", "volume", "direct"]);
  assert.ok(Math.abs(dot(record.vector, record.vector) - 1) < 1e-5);
});

test("--aggregate none gives each slice a record, comparable with pictures", async () => {
  const { stdout } = await embed("volume.nii.gz", "--aggregate", "none", "--plane", "coronal", "--slices", "2");
  assert.deepEqual(named(stdout), ["image volume.nii.gz#coronal-5", "image volume.nii.gz#coronal-6"]);
  assert.deepEqual(new Set(parseLines(stdout).map(({ profile }) => profile)), new Set(["direct"]));
  const all = await embed("volume.nii.gz", "--aggregate", "none");
  assert.deepEqual(
    named(all.stdout),
    [1, 2, 3].map((number) => `image volume.nii.gz#${number}`),
  );
});

test("--per series gives a record a series, named by a file and by no UID", async () => {
  const { code, stdout, stderr } = await embed("study", "--per", "series", "--text", "chest");
  assert.equal(code, 0, stderr);
  assert.deepEqual(named(stdout), [
    `image ${join("study", "picture.png")}`,
    `volume ${join("study", "volume.nii.gz")}`,
    "text chest",
    `volume ${join("study", "a.dcm")}`,
    `volume ${join("study", "sub", "d.dcm")}`,
  ]);
  assert.doesNotMatch(stdout + stderr, /1\.2\.840/);
  const slices = await embed("study/a.dcm", "study/b", "study/sub", "--per", "series", "--aggregate", "none");
  assert.deepEqual(named(slices.stdout), [
    "image study/b",
    `image ${join("study/sub", "c.dcm")}`,
    "image study/a.dcm",
    `image ${join("study/sub", "d.dcm")}`,
  ]);
  const files = await embed("study/b", "--slices", "centre");
  assert.deepEqual(parseLines(slices.stdout)[0].vector, parseLines(files.stdout)[0].vector);
});

test("findings are told, and a bad file fails alone", async () => {
  await mkdir(join(folder, "gap"));
  const long = Array.from({ length: 6 }, (_, i) => i + 1).filter((number) => number !== 4);
  for (const number of long) {
    const bytes = writeSlice(values.slice(0, 120), { columns: 12, rows: 10, number });
    await writeFile(join(folder, "gap", `${number}.dcm`), number === 6 ? bytes.subarray(0, 200) : bytes);
  }
  const { code, stdout, stderr } = await embed("gap", "--per", "series");
  assert.equal(code, 1);
  assert.deepEqual(named(stdout), [`volume ${join("gap", "1.dcm")}`]);
  assert.match(stderr, /^note: gap.1\.dcm: 1 of 4 slices are followed by a gap; about 1 are missing$/m);
  assert.match(stderr, /^failed: gap.6\.dcm: the DICOM /m);
  assert.match(stderr, /^1 vectors, 1 failed/m);
});

test("what is not the default stands in the profile, which can be given back", async () => {
  const flags = await embed("study", "--plane", "sagittal", "--slices", "4", "--aggregate", "median");
  const profile = "direct;plane=sagittal;slices=4;aggregate=median";
  assert.deepEqual(new Set(parseLines(flags.stdout).map((record) => record.profile)), new Set([profile]));
  const given = await embed("study", "--profile", profile);
  assert.equal(given.stdout, flags.stdout);
});

test("--aggregate statistics writes vectors seven times as long, of volumes alone", async () => {
  const { code, stderr } = await embed("study", "--aggregate", "statistics", "--out", "statistics.npy");
  assert.equal(code, 1);
  assert.match(stderr, /^failed: study.picture\.png: a picture has no statistics over slices$/m);
  const header = (await readFile(join(folder, "statistics.npy"))).toString("latin1", 0, 128);
  assert.match(header, /'shape': \(1, 140\)/);
});

test("a text is no volume: told in a line, exit code 2", async () => {
  const { code, stdout, stderr } = await embed("volume.nii.gz", "--aggregate", "std", "--text", "chest");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.equal(stderr, "medembed: --aggregate std is for slices, not for texts\n");
});
