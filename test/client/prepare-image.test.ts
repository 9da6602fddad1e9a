import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type DecodedImage, MedembedError, prepareImage } from "../../src/client/index.ts";
import type { MonochromeFrame } from "../../src/formats/dicom/monochrome-frame.ts";
import { readImage, readMedicalImage } from "../../src/formats/index.ts";
import { encodeJpeg } from "../../src/profiles/jpeg-round-trip.ts";
import { openRecipe } from "../../src/profiles/open-recipe.ts";

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../files/${path}`, import.meta.url)));

/** The values of a DICOM file of grays with slope 1, as any reader gives them. */
async function valuesOf(path: string): Promise<DecodedImage> {
  const { width, height, values, modality, windows, isInverted } = (await readMedicalImage(
    file(path),
  )) as MonochromeFrame;
  const { intercept } = modality as { intercept: number };
  const data = Float32Array.from(values, (stored) => stored + intercept);
  const [window] = windows;
  return { width, height, data, isInverted, window: window && [window.center, window.width] };
}

test("values give the file that the same recipe makes of the DICOM file", async () => {
  for (const path of ["recipes/ct.dcm", "recipes/inverted.dcm"]) {
    for (const recipe of ["toolkit-480", "toolkit-480;fullRange=1;pad=1", "advanced-10-90"]) {
      assert.deepEqual(await prepareImage(await valuesOf(path), recipe), await openRecipe(recipe).prepare(file(path)));
    }
  }
});

test("pixels give the file that the same recipe makes of the image file, by an encoder of the caller's where it is a JPEG", async () => {
  for (const path of ["images/rgb.jpg", "images/rgba.png", "images/gray16.png"]) {
    const image = await readImage(file(path));
    for (const recipe of [
      "toolkit-480",
      "toolkit-480;parity=1",
      "mcp-512-jpeg",
      "finetune-512-q95",
      "mcp-512-jpeg;parity=1",
    ]) {
      const prepared = await prepareImage(image, recipe, { encodeJpeg });
      assert.deepEqual(prepared, new Uint8Array(await openRecipe(recipe).prepare(file(path))), `${path}, ${recipe}`);
    }
  }
});

test("the picture of a canvas is taken as it is: RGB and alpha, clamped", async () => {
  const { width, height, data } = await readImage(file("images/rgb.png"));
  const canvas = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) canvas.set(data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  assert.deepEqual(
    await prepareImage({ width, height, data: canvas }, "toolkit-480"),
    await openRecipe("toolkit-480").prepare(file("images/rgb.png")),
  );
});

test("what each picture is asked for replaces all of its set, and touches no other picture", async () => {
  const image = await valuesOf("recipes/ct.dcm");
  const sizeOf = async (recipe: string) => {
    const { width, height } = await readImage(await prepareImage(image, recipe));
    return [width, height];
  };
  assert.deepEqual(await sizeOf("toolkit-480;window=40,400"), [480, 480]);
  assert.deepEqual(await sizeOf("toolkit-480;pad=1"), [70, 70]);
  assert.deepEqual(await sizeOf("toolkit-480;pad=1;size=480"), [480, 480]);
  assert.deepEqual(await sizeOf("toolkit-480"), [480, 480]);
});

const gray = { width: 2, height: 2, data: Uint8Array.of(1, 2, 3, 4) };
const REFUSED: [image: DecodedImage, recipe: string, code: string, message: RegExp][] = [
  [gray, "other", "usage", /no recipe "other"/],
  [gray, "raw-file", "usage", /sends files as they are/],
  [gray, "toolkit-480;frame=2", "usage", /has no option "frame"/],
  [gray, "mcp-512-jpeg", "usage", /sends JPEG files; give encodeJpeg/],
  [{ ...gray, width: 3 }, "toolkit-480", "unsupported-image", /4 samples for 3x2 pixels; 1 to 4 a pixel are needed/],
  [{ ...gray, width: 0, height: 0 }, "toolkit-480", "unsupported-image", /0x0/],
  [{ ...gray, width: -2, height: -2 }, "toolkit-480", "unsupported-image", /-2x-2/],
];
for (const [image, recipe, code, message] of REFUSED) {
  test(`${image.width}x${image.height} with "${recipe}" is refused`, async () => {
    await assert.rejects(
      prepareImage(image, recipe),
      (error) => error instanceof MedembedError && error.code === code && message.test(error.message),
    );
  });
}
