import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { globSync } from "tinyglobby";
import { findSeries } from "../../src/preparation/find-series.ts";
import { writeEnhanced, writeSlice } from "../formats/dicom/series/write-series.ts";
import { type Elements, writePicture } from "../formats/dicom/write-dicom.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const VALUES = [0, 1, 2, 3, 4, 5, 6, 7];

/** Finds series among files of the given contents, named 0, 1 and so on. */
async function find(...contents: readonly Uint8Array[]) {
  const own = join(folder, `${Math.random()}`);
  await mkdir(own);
  const paths = contents.map((_, i) => join(own, `${i}`));
  await Promise.all(paths.map((path, i) => writeFile(path, contents[i]!)));
  const { series, refused } = await findSeries({ paths });
  const nameOf = (path: string) => path.slice(own.length + 1);
  return {
    series: series.map((one) => ({
      ...one,
      slices: one.slices.map(({ path, frame, frames }) => (frames > 1 ? `${nameOf(path)}#${frame}` : nameOf(path))),
      codes: one.findings.map(({ code }) => code),
    })),
    refused: refused.map(({ path, code }) => [nameOf(path), code]),
  };
}

test("files go to their series, and a bad one loses none", async () => {
  const { series, refused } = await find(
    writeSlice(VALUES, { series: "1.1", number: 3 }),
    writeSlice(VALUES, { series: "1.2", number: 1 }),
    writeSlice(VALUES, { series: "1.1", number: 1 }),
    writeSlice(VALUES, { series: "1.1", number: 2 }).subarray(0, 300),
    new TextEncoder().encode("no DICOM at all"),
    writeSlice(VALUES, { series: "1.1", number: 4 }),
  );
  assert.deepEqual(
    series.map(({ slices }) => slices),
    [["2", "0", "5"], ["1"]],
  );
  assert.deepEqual(series[0]!.codes, ["gap"]);
  assert.deepEqual(refused, [
    ["3", "corrupt-image"],
    ["4", "unsupported-image"],
  ]);
  const { refused: missing } = await findSeries({ paths: [join(folder, "nowhere")] });
  assert.equal(missing[0]!.code, "not-found");
});

test("files that name no series make one each", async () => {
  const nameless = writePicture(VALUES);
  const { series } = await find(nameless, nameless);
  assert.deepEqual(
    series.map(({ slices, isOrdered }) => [slices, isOrdered]),
    [
      [["0"], true],
      [["1"], true],
    ],
  );
});

test("pixels behind a header that is longer than what is read at first are found", async () => {
  const long: Elements = { "00091010": ["OB", new Uint8Array(400_000)] };
  for (const syntax of ["explicit", "implicit", "bigEndian", "deflated"] as const) {
    const { series, refused } = await find(
      writeSlice(VALUES, { number: 2, more: long, syntax }),
      writeSlice(VALUES, { number: 1, syntax }),
    );
    assert.deepEqual([series[0]!.slices, refused], [["1", "0"], []], syntax);
  }
});

test("the frames of an enhanced file stand where their groups say", async () => {
  const { series } = await find(writeEnhanced([VALUES, VALUES, VALUES], [6, 2, 4]));
  assert.equal(series.length, 1);
  const [{ slices, isOrdered, plane, codes }] = series as [(typeof series)[0]];
  assert.deepEqual([slices, isOrdered, plane], [["0#2", "0#3", "0#1"], true, "axial"]);
  assert.deepEqual(codes, []);
});

test("frames without a place of their own keep their order, and one place for all is none", async () => {
  const more: Elements = {
    "0020000e": ["UI", "1.5"],
    "00280008": ["IS", "3"],
    "00200032": ["DS", "0\\0\\0"],
    "00200037": ["DS", "1\\0\\0\\0\\1\\0"],
  };
  const { series } = await find(writePicture([...VALUES, ...VALUES, ...VALUES], { more }));
  assert.deepEqual(series[0]!.slices, ["0#1", "0#2", "0#3"]);
  assert.deepEqual([series[0]!.isOrdered, series[0]!.codes], [false, ["no-position"]]);
});

test("a forged number of frames is refused", async () => {
  const claimed: Elements = { "00280008": ["IS", "900000"] };
  const { series, refused } = await find(
    writePicture(VALUES, { more: claimed }),
    writePicture([new Uint8Array(100)], { syntax: "jpegLs", more: claimed }),
    writePicture(VALUES, { syntax: "deflated", more: claimed }),
  );
  assert.deepEqual(series, []);
  assert.deepEqual(
    refused.map(([, code]) => code),
    ["corrupt-image", "corrupt-image", "corrupt-image"],
  );
});

test("an orientation that is none, and places of too few numbers, are not guessed", async () => {
  const flat = writeSlice(VALUES, { orientation: [1, 0, 0, 1, 0, 0] });
  assert.deepEqual((await find(flat, writeSlice(VALUES, { number: 2 }))).series[0]!.codes, ["no-position"]);
  const short = writeSlice(VALUES, { more: { "00200032": ["DS", "1\\2"] } });
  assert.deepEqual((await find(short, writeSlice(VALUES, { number: 2 }))).series[0]!.codes, ["no-position"]);
});

const REAL = "/usr/lib/python3/dist-packages/pydicom/data/test_files/dicomdirtests";
test("real series are ordered as a second implementation orders them", { skip: !existsSync(REAL) }, async () => {
  const expected = JSON.parse(readFileSync(new URL("../files/dicom/series.json", import.meta.url), "utf8"));
  const names = globSync("**/*", { cwd: REAL, ignore: ["DICOMDIR*", "**/DICOMDIR", "**/README*"] }).sort();
  const { series } = await findSeries({ paths: names.map((name) => join(REAL, name)) });
  const found = series.map(({ slices, isOrdered, findings }) => ({
    files: slices.map(({ path }) => path.slice(REAL.length + 1)),
    ordered: isOrdered,
    missing: Number(/about (\d+) are missing/.exec(findings.map(({ message }) => message).join())?.[1] ?? 0),
  }));
  assert.deepEqual(found, expected);
});
