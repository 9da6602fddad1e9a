import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { aggregate, normalised } from "../../../src/applications/volumes/aggregate.ts";
import { embedSlices, embedVolume, type SliceOptions } from "../../../src/applications/volumes/embed-volume.ts";
import { Embedder } from "../../../src/embedder.ts";
import type { Series } from "../../../src/preparation/preparation.ts";
import {
  type SliceOptions as WriteOptions,
  writeEnhanced,
  writeSlice,
} from "../../formats/dicom/series/write-series.ts";
import type { Elements } from "../../formats/dicom/write-dicom.ts";
import { writeNifti } from "../../formats/nifti/write-nifti.ts";
import { DIRECT_CARD, dot, makeCheckpoint, temporaryFolder } from "../../golden-small.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const embedder = await Embedder.open({
  model,
  profile: "direct;rendering=hu;low=-200;high=300",
  precision: "fp32",
  cacheFolder: join(folder, "cache"),
  threads: 2,
});
after(() => embedder.close());

const [WIDTH, HEIGHT, DEPTH] = [20, 16, 5] as const;
/** To the patient's left, back and head. */
const values = Array.from({ length: WIDTH * HEIGHT * DEPTH }, (_, at) => {
  const [i, j, k] = [at % WIDTH, Math.floor(at / WIDTH) % HEIGHT, Math.floor(at / (WIDTH * HEIGHT))];
  return Math.round(150 * Math.sin(i / 3 + k) * Math.cos(j / (2 + k)) + 20 * k - 40);
});
const sliceValues = (k: number) => values.slice(k * WIDTH * HEIGHT, (k + 1) * WIDTH * HEIGHT);
const HOUNSFIELD: Elements = { "00080060": ["CS", "CT"], "00281052": ["DS", "-1000"], "00281053": ["DS", "1"] };

/** The files of a series in a folder of their own. @param numbers of its slices, from 1 */
async function writeFiles(name: string, numbers = [1, 2, 3, 4, 5], own: WriteOptions = {}, isTurned = false) {
  await mkdir(join(folder, name), { recursive: true });
  const paths = numbers.map((number) => join(folder, name, `${number}.dcm`));
  for (const [at, number] of numbers.entries()) {
    const upright = sliceValues(number - 1).map((value) => value + 1000);
    const stored = isTurned ? upright.toReversed() : upright;
    const size = { columns: WIDTH, rows: HEIGHT, series: `1.2.${name.length}`, number, more: HOUNSFIELD };
    await writeFile(paths[at], writeSlice(stored, { ...size, ...own }));
  }
  return paths;
}

async function findOne(paths: readonly string[]): Promise<Series> {
  const { series, refused } = await embedder.findSeries(paths);
  assert.deepEqual([series.length, refused], [1, []]);
  return series[0];
}

async function vectorsOf(source: string | Uint8Array | Series, options: SliceOptions = {}): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  await embedSlices(embedder, source, options, ({ vector }) => vectors.push(vector));
  return vectors;
}

const paths = await writeFiles("series");
const series = await findOne(paths);
const LEFT_BACK_UP = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 1],
];
const nifti = writeNifti(values, { dims: [WIDTH, HEIGHT, DEPTH], sform: LEFT_BACK_UP, isPacked: true });
const niftiPath = join(folder, "volume.nii.gz");
await writeFile(niftiPath, nifti);
const slices = await vectorsOf(series);

test("each slice of a series is what its file alone is, and what NIfTI of the same voxels gives", async () => {
  assert.equal(slices.length, DEPTH);
  for (const [k, path] of paths.entries()) assert.deepEqual(await embedder.embedImage(await readFile(path)), slices[k]);
  assert.deepEqual(await vectorsOf(niftiPath), slices);
  assert.deepEqual(await vectorsOf(nifti), slices);
  assert.deepEqual(await vectorsOf(niftiPath, { plane: "axial" }), slices);
  assert.notDeepEqual(slices[0], slices[1]);
});

test("every plane is the same of a series and of NIfTI, however the voxels are stored", async () => {
  const reversed = writeNifti(values.toReversed(), {
    dims: [WIDTH, HEIGHT, DEPTH],
    sform: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, -1, 0],
    ],
    kind: "float32",
    isBigEndian: true,
  });
  for (const [plane, count] of [
    ["axial", DEPTH],
    ["coronal", HEIGHT],
    ["sagittal", WIDTH],
  ] as const) {
    const vectors = await vectorsOf(niftiPath, { plane });
    assert.equal(vectors.length, count);
    assert.deepEqual(await vectorsOf(series, { plane }), vectors, plane);
    assert.deepEqual(await vectorsOf(reversed, { plane }), vectors, plane);
  }
});

test("a series that lies on its face is turned upright", async () => {
  // Stored from left to right and from front to back: the same body.
  const turned = await writeFiles("prone", [1, 2, 3, 4, 5], { orientation: [-1, 0, 0, 0, -1, 0] }, true);
  assert.deepEqual(await vectorsOf(await findOne(turned)), slices);
});

test("one vector of all slices is the mean of length 1, or what else is asked for", async () => {
  const mean = await embedVolume(embedder, series);
  assert.deepEqual(mean.vector, normalised(aggregate("mean", slices)));
  assert.ok(Math.abs(dot(mean.vector, mean.vector) - 1) < 1e-5);
  assert.deepEqual([mean.embedded, mean.failed, mean.findings], [DEPTH, [], []]);
  const { vector: median } = await embedVolume(embedder, niftiPath, { aggregate: "median", slices: 3 });
  assert.deepEqual(median, normalised(aggregate("median", slices.slice(1, 4))));
  const { vector: statistics } = await embedVolume(embedder, series, { aggregate: "statistics" });
  assert.deepEqual(statistics, aggregate("statistics", slices));
});

test("the centre is taken in the order of the patient", async () => {
  assert.deepEqual(await vectorsOf(series, { slices: 1 }), [slices[2]]);
  assert.deepEqual(await vectorsOf(niftiPath, { slices: 2 }), slices.slice(1, 3));
  const indices: number[] = [];
  await embedSlices(embedder, series, { slices: 2 }, ({ index, source }) => {
    assert.equal(source!.path, paths[index]);
    indices.push(index);
  });
  assert.deepEqual(indices, [1, 2]);
});

test("a file that breaks loses its slice alone, and is named", async () => {
  const broken = await writeFiles("broken");
  const found = await findOne(broken);
  await writeFile(broken[1], (await readFile(broken[1])).subarray(0, 700)); // its header is whole
  const report = await embedVolume(embedder, found);
  assert.deepEqual(report.vector, normalised(aggregate("mean", slices.toSpliced(1, 1))));
  assert.equal(report.embedded, DEPTH - 1);
  assert.deepEqual(
    report.failed.map(({ source: { path } }) => path),
    [broken[1]],
  );
  for (const path of broken) await writeFile(path, "nothing");
  await assert.rejects(embedVolume(embedder, found), { code: "unsupported-image" });
});

test("the frames of one file are slices, read from one copy of it", async () => {
  const frames = [2, 0, 1].map((k) => sliceValues(k).map((value) => value + 1000));
  const path = join(folder, "enhanced.dcm");
  const size: Elements = { "00280010": ["US", [HEIGHT]], "00280011": ["US", [WIDTH]] };
  await writeFile(path, writeEnhanced(frames, [2, 0, 1], { ...HOUNSFIELD, ...size }));
  assert.deepEqual(await vectorsOf(await findOne([path])), slices.slice(0, 3));
});

test("what statistics a rendering needs are those of all slices", async () => {
  const profile = "direct;rendering=percentile";
  const [low] = await vectorsOf(niftiPath, { profile, slices: 1 });
  const alone = writeNifti(sliceValues(2), { dims: [WIDTH, HEIGHT], sform: LEFT_BACK_UP });
  assert.notDeepEqual(await vectorsOf(alone, { profile }), [low]);
  const hu = { profile: "direct;rendering=hu;low=-200;high=300" };
  assert.deepEqual(await vectorsOf(alone, hu), [slices[2]]);
});

test("the n-th volume of a 4D file is the frame of the profile", async () => {
  const dims = [WIDTH, HEIGHT, 1, DEPTH];
  const movie = writeNifti(values, { dims, sform: LEFT_BACK_UP });
  const profile = "direct;rendering=hu;low=-200;high=300;frame=4";
  const report = await embedVolume(embedder, movie, { profile });
  assert.deepEqual(report.vector, normalised(slices[3]));
  assert.deepEqual(
    report.findings.map(({ code }) => code),
    ["more-volumes"],
  );
});

test("what a series does not tell is refused, not guessed", async () => {
  const gap = await findOne(await writeFiles("with-gap", [1, 2, 5]));
  await assert.rejects(vectorsOf(gap, { plane: "coronal" }), { code: "unsupported-image", message: /missing/ });
  assert.equal((await vectorsOf(gap, { plane: "axial" })).length, 3);
  const lost = await findOne(
    await writeFiles("nowhere", [1, 2, 3], { more: { ...HOUNSFIELD, "00200032": ["DS", ""] } }),
  );
  await assert.rejects(vectorsOf(lost, { slices: 1 }), { code: "unsupported-image", message: /centre/ });
  assert.equal((await vectorsOf(lost)).length, 3);
  assert.equal((await vectorsOf(lost, { slices: 20 })).length, 3, "of all slices none is left out");
  const unknown = writeNifti(values, { dims: [WIDTH, HEIGHT, DEPTH] });
  await assert.rejects(vectorsOf(unknown, { plane: "sagittal" }), { code: "unsupported-image" });
  assert.equal((await vectorsOf(unknown)).length, DEPTH);
});

test("renderings of NIfTI take no series and no plane", async () => {
  const profile = "direct;rendering=ct-hu-slices";
  await assert.rejects(vectorsOf(series, { profile }), { code: "unsupported-image" });
  await assert.rejects(vectorsOf(niftiPath, { profile, plane: "axial" }), { code: "usage" });
  assert.equal((await vectorsOf(niftiPath, { profile })).length, DEPTH);
});

test("who leaves stops the work, and a deadline that has passed begins none", async () => {
  const leave = new AbortController();
  const begun = embedSlices(embedder, niftiPath, { plane: "sagittal", signal: leave.signal }, () => leave.abort());
  await assert.rejects(begun, { code: "cancelled" });
  await assert.rejects(vectorsOf(niftiPath, { deadline: performance.now() - 1 }), { code: "deadline-passed" });
});

test("two volumes are in work at a time, however many are asked for", async () => {
  let [inWork, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inWork);
    const { volume } = await embedder.openVolume(niftiPath);
    inWork--;
    return volume.shape;
  };
  const shapes = await Promise.all(Array.from({ length: 6 }, () => embedder.inVolumeTurn(work)));
  assert.deepEqual(new Set(shapes.map(String)), new Set([`${WIDTH},${HEIGHT},${DEPTH}`]));
  assert.equal(most, 2);
});

test("closing finishes a volume in work", async () => {
  const own = await Embedder.open({ model, precision: "fp32", cacheFolder: join(folder, "cache"), threads: 2 });
  const embedded = embedVolume(own, niftiPath, { profile: "direct;rendering=hu;low=-200;high=300" });
  await own.close();
  assert.deepEqual((await embedded).vector, normalised(aggregate("mean", slices)));
  await assert.rejects(embedVolume(own, niftiPath), { code: "closed" });
});

test("a file that is not there, and one that is no volume, are told", async () => {
  await assert.rejects(vectorsOf(join(folder, "none.nii")), { code: "not-found" });
  await assert.rejects(vectorsOf(paths[0]), { code: "unsupported-image" });
});
