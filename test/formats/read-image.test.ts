import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { readImage } from "../../src/formats/index.ts";

const FILES = new URL("../files/images/", import.meta.url);
const EXPECTED = ".read.png";
const INDEXED = [
  "bilevel-g4.tif",
  "bilevel.bmp",
  "palette-2bit.png",
  "palette-4bit.bmp",
  "palette-alpha.png",
  "palette.bmp",
  "palette.tif",
];

const open = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FILES)));
const names = readdirSync(FILES)
  .filter((name) => name.endsWith(EXPECTED))
  .map((name) => name.slice(0, -EXPECTED.length));

for (const name of names) {
  test(`${name} holds the pixels that Pillow reads`, async () => {
    const expected = await readImage(open(name + EXPECTED));
    assert.deepEqual(await readImage(open(name)), { ...expected, isIndexed: INDEXED.includes(name) });
  });
}

test("a view into a larger buffer is read like a file of its own", async () => {
  const bytes = open("gray.bmp");
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  assert.deepEqual(await readImage(larger.subarray(3, 3 + bytes.length)), await readImage(bytes));
});

const png = open("rgb.png");
const bmp = open("rgb.bmp");
const tiff = open("gray.tif");
const REFUSED: [what: string, bytes: Uint8Array, code: string][] = [
  ["nothing", new Uint8Array(), "unsupported-image"],
  ["a text", Buffer.from("a text of some length"), "unsupported-image"],
  ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), "unsupported-image"],
  ["a GIF", Buffer.from("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "unsupported-image"],
  ["a PNG signature alone", png.subarray(0, 8), "corrupt-image"],
  ["a PNG cut in its pixels", png.subarray(0, png.length / 2), "corrupt-image"],
  ["a JPEG cut in its pixels", open("rgb.jpg").subarray(0, -40), "corrupt-image"],
  ["a WebP cut in its pixels", open("rgba.webp").subarray(0, -40), "corrupt-image"],
  ["a TIFF cut in its pixels", tiff.subarray(0, 60), "corrupt-image"],
  ["a BMP cut in its pixels", bmp.subarray(0, -40), "corrupt-image"],
  ["a PNG of no width", withUint32(png, 16, 0), "corrupt-image"],
  ["a PNG too wide", pngOfSize(70_000, 2), "image-too-large"],
  ["a PNG of too many pixels", pngOfSize(20_000, 20_000), "image-too-large"],
  ["a BMP too wide", withUint32(bmp, 18, 70_000, true), "image-too-large"],
  ["a BMP of too many pixels", withUint32(withUint32(bmp, 18, 65_535, true), 22, 65_535, true), "image-too-large"],
  ["a TIFF of floats", floatTiff(), "unsupported-image"],
];
for (const [what, bytes, code] of REFUSED) {
  test(`${what} is refused as ${code}`, async () => {
    await assert.rejects(readImage(bytes), (error) => error instanceof MedembedError && error.code === code);
  });
}

test("a damaged file gives a picture or a MedembedError, whatever was damaged", async () => {
  const originals = names.map(open);
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  const length = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 2 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...originals), damage, length, async (original, changes, share) => {
      const bytes = original.slice(0, share === null ? undefined : Math.floor(original.length * share));
      for (const [at, value] of changes) bytes[at % (bytes.length || 1)] = value;
      try {
        const { width, height, channels, data } = await readImage(bytes);
        assert.equal(data.length, width * height * channels);
      } catch (error) {
        if (!(error instanceof MedembedError)) throw error;
      }
    }),
    { numRuns: 1500 },
  );
});

function withUint32(original: Uint8Array, at: number, value: number, isLittleEndian = false): Uint8Array {
  const bytes = original.slice();
  new DataView(bytes.buffer).setUint32(at, value, isLittleEndian);
  return bytes;
}

/** A PNG whose header is right in all but the size that it claims, checksum included. */
function pngOfSize(width: number, height: number): Uint8Array {
  const bytes = withUint32(withUint32(png, 16, width), 20, height);
  return withUint32(bytes, 29, crc32(bytes.subarray(12, 29)));
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** One gray pixel of 32 bits: strip, depth and sample format are the tags that libtiff needs. */
function floatTiff(): Uint8Array {
  const SHORT = 3;
  const pixelOffset = 8;
  const tags = [
    [256, 1],
    [257, 1],
    [258, 32],
    [259, 1],
    [262, 1],
    [273, pixelOffset],
    [277, 1],
    [278, 1],
    [279, 4],
    [339, 3],
  ];
  const bytes = Buffer.alloc(12 + 2 + tags.length * 12 + 4);
  bytes.write("II*\0\x0c\0\0\0", "latin1");
  bytes.writeUInt16LE(tags.length, 12);
  for (const [index, [tag, value]] of tags.entries()) {
    const entry = 14 + index * 12;
    bytes.writeUInt16LE(tag!, entry);
    bytes.writeUInt16LE(SHORT, entry + 2);
    bytes.writeUInt32LE(1, entry + 4);
    bytes.writeUInt16LE(value!, entry + 8);
  }
  return bytes;
}
