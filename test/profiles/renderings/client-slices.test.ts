import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MedembedError } from "../../../src/errors.ts";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { readDicom } from "../../../src/formats/dicom/read-dicom.ts";
import { countSlices, cutSlice } from "../../../src/formats/volume/cut-slice.ts";
import { prepareFile, prepareSlice } from "../../../src/profiles/prepare-file.ts";
import { parseProfile } from "../../../src/profiles/profiles.ts";
import { writePng } from "../../../src/profiles/recipes/write-png.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import { type RenderingName, renderingOf } from "../../../src/profiles/renderings/renderings.ts";
import { volumeLevels } from "../../../src/profiles/renderings/volume-levels.ts";
import { writePicture } from "../../formats/dicom/write-dicom.ts";
import { readNiftiBytes } from "../../formats/nifti/nifti-bytes.ts";

const FOLDER = new URL("../../files/nifti/", import.meta.url);
const cases = JSON.parse(readFileSync(new URL("client-slices.json", FOLDER), "utf8")) as Record<
  string,
  { rendering: RenderingName; slices: number[][][] }
>;

for (const [name, { rendering, slices }] of Object.entries(cases)) {
  test(`${rendering} makes of ${name} what the demo makes of it`, async () => {
    const volume = await readNiftiBytes(new Uint8Array(readFileSync(new URL(name, FOLDER))));
    const levels = volumeLevels(volume, parseProfile(`direct;rendering=${rendering}`));
    const cut = renderingOf(rendering).niftiCut!;
    assert.equal(countSlices(volume, cut), slices.length);
    for (const [index, rows] of slices.entries()) {
      const image = renderFrame({ ...cutSlice(volume, cut, index), levels }, rendering, {});
      assert.deepEqual([image.width, image.height], [rows[0].length, rows.length]);
      assert.deepEqual([...image.data], rows.flat());
    }
  });
}

test("a recipe takes a slice as the picture that its client writes of it", async () => {
  const volume = await readNiftiBytes(new Uint8Array(readFileSync(new URL("ct-full.nii", FOLDER))));
  const size = { width: 64, height: 64 };
  const profile = parseProfile("mi2-service;recipe=toolkit-480;rendering=ct-hu-slices");
  const levels = volumeLevels(volume, profile);
  const slice = { ...cutSlice(volume, renderingOf("ct-hu-slices").niftiCut!, 0), levels };
  const png = await writePng(renderFrame(slice, "ct-hu-slices", {}));
  const sent = await prepareFile(png, parseProfile("mi2-service;recipe=toolkit-480"), size, "refused");
  assert.deepEqual(await prepareSlice(slice, profile, size), sent);
});

test("they take NIfTI files alone", () => {
  const frame = readDicom(writePicture([0, 1, 2, 3, 4, 5, 6, 7])) as MonochromeFrame;
  for (const rendering of ["ct-hu-slices", "radpath-slice"] as const) {
    assert.throws(
      () => renderFrame(frame, rendering, {}),
      (error) => error instanceof MedembedError && error.code === "unsupported-image",
    );
  }
});
