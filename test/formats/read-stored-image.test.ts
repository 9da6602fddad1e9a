import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { readImage } from "../../src/formats/index.ts";
import { readStoredImage } from "../../src/formats/read-stored-image.ts";

const file = (name: string) => new Uint8Array(readFileSync(new URL(`../files/images/${name}`, import.meta.url)));

/** The colours of a PNG's palette, out of its bytes. */
function paletteOf(png: Uint8Array): number[][] {
  const at = Buffer.from(png).indexOf("PLTE");
  const length = Buffer.from(png).readUInt32BE(at - 4);
  return Array.from({ length: length / 3 }, (_, i) => [...png.subarray(at + 4 + 3 * i, at + 7 + 3 * i)]);
}

for (const name of ["palette.png", "palette-2bit.png", "palette-alpha.png"]) {
  test(`${name} gives indices, which its palette makes the colours of`, async () => {
    const palette = paletteOf(file(name));
    const indices = await readStoredImage(file(name));
    assert.deepEqual([indices.channels, indices.depth], [1, 8]);
    assert.ok(new Set(indices.data).size > 2);
    const { data, channels } = await readImage(file(name));
    const colours = Array.from(indices.data, (index) => palette[index]).flat();
    assert.deepEqual(
      colours,
      Array.from(data).filter((_, at) => at % channels < 3),
    );
  });
}

test("other files are read as always", async () => {
  for (const name of ["gray16.png", "rgba.png", "bilevel.png", "rgb.jpg", "palette.tif"]) {
    assert.deepEqual(await readStoredImage(file(name)), await readImage(file(name)));
  }
});

test("a palette file that breaks off, or is forged, is refused", async () => {
  const png = file("palette.png");
  const noPalette = Uint8Array.from(png);
  noPalette.set(Buffer.from("PLTX"), Buffer.from(png).indexOf("PLTE"));
  const longChunk = Uint8Array.from(png);
  longChunk.fill(255, 33, 37);
  for (const broken of [png.subarray(0, 30), png.subarray(0, png.length - 30), noPalette, longChunk]) {
    await assert.rejects(readStoredImage(broken), (error) => error instanceof MedembedError);
  }
});
