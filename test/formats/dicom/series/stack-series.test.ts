import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../../../src/errors.ts";
import type { MonochromeFrame } from "../../../../src/formats/dicom/monochrome-frame.ts";
import { openDicom } from "../../../../src/formats/dicom/open-dicom.ts";
import { readDicom } from "../../../../src/formats/dicom/read-dicom.ts";
import { orderSeries } from "../../../../src/formats/dicom/series/order-series.ts";
import { readSliceHeaders } from "../../../../src/formats/dicom/series/slice-header.ts";
import { stackSeries } from "../../../../src/formats/dicom/series/stack-series.ts";
import type { Volume } from "../../../../src/formats/volume/volume.ts";
import type { Elements } from "../write-dicom.ts";
import { type SliceOptions, writeSlice } from "./write-series.ts";

const VALUES = [0, 1, 2, 3, 4, 5, 6, 7];
const GRID = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
] as const;

/** Slices numbered from 1, each with its own options. */
async function stack(...options: SliceOptions[]): Promise<Volume> {
  const files = options.map((own, i) =>
    writeSlice(
      VALUES.map((value) => value + 100 * i),
      { number: i + 1, ...own },
    ),
  );
  const headers = files.flatMap((bytes) =>
    readSliceHeaders(openDicom(bytes), bytes.length).map((header) => ({ ...header, bytes })),
  );
  const { slices, grid, findings } = orderSeries(headers);
  return stackSeries(
    { slices, grid: grid!, findings },
    async ({ header: { bytes } }) => readDicom(bytes) as MonochromeFrame,
  );
}

const slope = (value: string, intercept = "0"): Elements => ({
  "00281052": ["DS", intercept],
  "00281053": ["DS", value],
});

test("stored values stay where all slices mean the same by them", async () => {
  const more = { "00080060": ["CS", "CT"], ...slope("1", "-1024") } as const satisfies Elements;
  const volume = await stack({ more }, { more }, { more });
  assert.ok(volume.voxels instanceof Uint16Array);
  assert.ok(volume.voxels.buffer instanceof SharedArrayBuffer);
  assert.deepEqual(
    [...volume.voxels],
    [0, 100, 200].flatMap((base) => VALUES.map((value) => value + base)),
  );
  assert.deepEqual(volume.modality, { slope: 1, intercept: -1024 });
  assert.ok(volume.isHounsfield);
  assert.deepEqual(volume.shape, [4, 2, 3]);
});

test("where each slice has a slope of its own, there are measures; padding is no number", async () => {
  const padding: Elements = { "00280120": ["US", [7]] };
  const volume = await stack({ more: { ...slope("0.5"), ...padding } }, { more: slope("2", "1") });
  assert.ok(volume.voxels instanceof Float32Array);
  assert.deepEqual(
    [...volume.voxels],
    [0, 0.5, 1, 1.5, 2, 2.5, 3, Number.NaN, ...VALUES.map((value) => 2 * (value + 100) + 1)],
  );
  assert.deepEqual([volume.modality, volume.padding, volume.bitsStored], [{ slope: 1, intercept: 0 }, undefined, 32]);
});

test("one slice that is not in Hounsfield units makes a volume that is not", async () => {
  const more = { "00080060": ["CS", "CT"], ...slope("1", "-1024") } as const satisfies Elements;
  const volume = await stack({ more }, { more: { ...more, "00281054": ["LO", "US"] } });
  assert.equal(volume.isHounsfield, false);
});

test("the window is that of the middle slice", async () => {
  const window = (center: string): Elements => ({ "00281050": ["DS", center], "00281051": ["DS", "10"] });
  const volume = await stack(...["1", "2", "3"].map((center) => ({ more: window(center) })));
  assert.deepEqual(volume.windows, [{ center: 2, width: 10, shape: "LINEAR" }]);
});

test("slices of another size or turned over do not fit", async () => {
  const isRefused = (error: unknown) => error instanceof MedembedError && error.code === "unsupported-image";
  await assert.rejects(stack({}, { photometric: "MONOCHROME1" }), isRefused);
  const frame = readDicom(writeSlice(VALUES)) as MonochromeFrame;
  const sizes = [frame, { ...frame, width: 2, height: 4 }];
  await assert.rejects(
    stackSeries({ slices: sizes, grid: GRID, findings: [] }, async (one) => one),
    isRefused,
  );
});

test("more than memory is meant to hold is refused before it is reserved", async () => {
  const frame = readDicom(writeSlice(VALUES)) as MonochromeFrame;
  const slices = new Array(3).fill({ ...frame, width: 2 ** 14, height: 2 ** 15 });
  await assert.rejects(
    stackSeries({ slices, grid: GRID, findings: [] }, async (one) => one),
    (error) => error instanceof MedembedError && error.code === "image-too-large",
  );
});
