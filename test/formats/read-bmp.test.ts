import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { readBmp } from "../../src/formats/read-bmp.ts";

interface Layout {
  readonly width?: number;
  readonly height?: number;
  readonly bits: number;
  readonly compression?: number;
  readonly colors?: number;
  /** What follows the header of 40 bytes before the pixels: masks or a palette. */
  readonly between?: number[];
  readonly pixels: number[];
}

function bmp({ width = 2, height = 1, bits, compression = 0, colors = 0, between = [], pixels }: Layout): Uint8Array {
  const start = 54 + between.length;
  const bytes = Buffer.alloc(start + pixels.length);
  bytes.write("BM");
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  bytes.writeUInt32LE(colors, 46);
  bytes.set([...between, ...pixels], 54);
  return bytes;
}

const pixelsOf = (layout: Layout) => [...readBmp(bmp(layout)).data];

test("the bytes of a pixel are blue, green, red, and the last row's padding may be missing", () => {
  assert.deepEqual(pixelsOf({ bits: 24, pixels: [1, 2, 3, 4, 5, 6] }), [3, 2, 1, 6, 5, 4]);
});

test("rows stand bottom up, or top down where the height is negative", () => {
  const pixels = [1, 1, 1, 0, 2, 2, 2, 0];
  assert.deepEqual(pixelsOf({ width: 1, height: 2, bits: 24, pixels }), [2, 2, 2, 1, 1, 1]);
  assert.deepEqual(pixelsOf({ width: 1, height: -2, bits: 24, pixels }), [1, 1, 1, 2, 2, 2]);
});

test("masks may lie anywhere, and fewer bits are spread over the whole range", () => {
  const between = [0, 0, 0, 0xff, 0, 0, 0x0f, 0, 0, 0x01, 0, 0];
  assert.deepEqual(pixelsOf({ width: 1, bits: 32, compression: 3, between, pixels: [0, 1, 7, 9] }), [9, 119, 255]);
});

test("a palette of colours is looked up, one of grays gives one channel", () => {
  const colors = [10, 20, 30, 0, 40, 50, 60, 0];
  assert.deepEqual(pixelsOf({ bits: 1, between: colors, pixels: [0b01000000] }), [30, 20, 10, 60, 50, 40]);
  const grays = [9, 9, 9, 0, 7, 7, 7, 0];
  assert.deepEqual(pixelsOf({ bits: 4, colors: 2, between: grays, pixels: [0x10] }), [7, 9]);
});

test("an OS/2 header has small fields and a palette of three bytes", () => {
  const bytes = Uint8Array.of(0x42, 0x4d, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0);
  const header = [12, 0, 0, 0, 2, 0, 1, 0, 1, 0, 1, 0];
  const file = Uint8Array.of(...bytes, ...header, 1, 2, 3, 4, 5, 6, 0b10000000);
  assert.deepEqual([...readBmp(file).data], [6, 5, 4, 3, 2, 1]);
});

const REFUSED: [what: string, layout: Layout, code: string, message: RegExp][] = [
  ["run-length compression", { bits: 8, compression: 1, pixels: [] }, "unsupported-image", /RLE8/],
  ["an embedded PNG", { bits: 24, compression: 5, pixels: [] }, "unsupported-image", /PNG/],
  ["2 bits a pixel", { bits: 2, pixels: [] }, "unsupported-image", /2 bits/],
  ["masks for a palette", { bits: 8, compression: 3, pixels: [] }, "unsupported-image", /masks/],
  ["a negative width", { width: -2, bits: 24, pixels: [] }, "corrupt-image", /-2x1/],
  ["no height", { height: 0, bits: 24, pixels: [] }, "corrupt-image", /2x0/],
  ["missing pixels", { bits: 24, pixels: [1, 2, 3] }, "corrupt-image", /57 bytes, its header needs 60/],
  ["a missing palette", { bits: 8, pixels: [1, 2] }, "corrupt-image", /needs 1078/],
  [
    "an index beyond the palette",
    { bits: 8, colors: 1, between: [1, 2, 3, 0], pixels: [0, 1] },
    "corrupt-image",
    /color 1, .* has 1/,
  ],
  [
    "a mask with a hole",
    { bits: 16, compression: 3, between: [5, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0], pixels: [0, 0, 0, 0] },
    "unsupported-image",
    /0x5/,
  ],
  [
    "a mask of nothing",
    { bits: 16, compression: 3, between: [0, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0], pixels: [0, 0, 0, 0] },
    "unsupported-image",
    /0x0/,
  ],
];
for (const [what, layout, code, message] of REFUSED) {
  test(`${what}: refused as ${code}`, () => {
    assert.throws(
      () => readBmp(bmp(layout)),
      (error) => error instanceof MedembedError && error.code === code && message.test(error.message),
    );
  });
}
