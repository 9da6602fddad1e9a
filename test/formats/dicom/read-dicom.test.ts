import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { isDicom } from "../../../src/formats/dicom/open-dicom.ts";
import { readDicom } from "../../../src/formats/dicom/read-dicom.ts";
import { encode, flatJpeg12 } from "./encode.ts";
import { type Elements, SYNTAX, writeDicom, writePicture } from "./write-dicom.ts";

const RAMP = [0, 1, 255, 256, 32_767, 32_768, 65_534, 65_535];
const BYTES = [0, 1, 2, 127, 128, 200, 254, 255];
const SIZE = { columns: 4, rows: 2 };

function grays(bytes: Uint8Array, frame?: number): number[] {
  return Array.from((readDicom(bytes, frame) as MonochromeFrame).values);
}

function colours(bytes: Uint8Array): number[] {
  const image = readDicom(bytes);
  assert.ok("channels" in image && image.channels === 3 && image.depth === 8);
  return Array.from(image.data);
}

for (const syntax of ["implicit", "explicit", "bigEndian", "deflated"] as const) {
  test(`pixels of 1, 8, 16 and 32 bits are read in the ${syntax} transfer syntax`, () => {
    assert.deepEqual(
      grays(writePicture([1, 0, 0, 1, 1, 1, 0, 1], { syntax, bitsAllocated: 1 })),
      [1, 0, 0, 1, 1, 1, 0, 1],
    );
    assert.deepEqual(grays(writePicture(BYTES, { syntax, bitsAllocated: 8 })), BYTES);
    assert.deepEqual(grays(writePicture(RAMP, { syntax })), RAMP);
    const wide = [0, 1, 65_536, 2 ** 31, 2 ** 32 - 1, 7, 8, 9];
    assert.deepEqual(grays(writePicture(wide, { syntax, bitsAllocated: 32 })), wide);
  });
}

for (const syntax of ["implicit", "explicit", "bigEndian"] as const) {
  test(`a ${syntax} data set without preamble and meta information is read`, () => {
    const file = writePicture(RAMP, { syntax, isBare: true, more: { "00080005": ["CS", "ISO_IR 100"] } });
    assert.ok(isDicom(file));
    assert.deepEqual(grays(file), RAMP);
  });
}

test("a file that lacks the preamble alone is read", () => {
  assert.deepEqual(grays(writePicture(RAMP).subarray(132)), RAMP);
});

test("a view into a larger buffer, or a Buffer, is read like a file of its own", () => {
  const file = writePicture(RAMP);
  const larger = new Uint8Array(file.length + 7);
  larger.set(file, 3);
  assert.deepEqual(grays(larger.subarray(3, 3 + file.length)), RAMP);
  assert.deepEqual(grays(Buffer.from(file)), RAMP);
});

test("signs are read, and the bits beside the stored ones left out", () => {
  const signed = [0, 1, 2, 3, -1, -2, -2048, 2047];
  const words = signed.map((value) => value & 0xffff);
  assert.deepEqual(grays(writePicture(words, { isSigned: true })), signed);
  const withOverlay = signed.map((value, i) => (value & 0xfff) | ((i % 2) << 13));
  assert.deepEqual(grays(writePicture(withOverlay, { isSigned: true, bitsStored: 12 })), signed);
  const shifted = [1, 2, 3, 4, 5, 6, 7, 4095].map((value) => value << 4);
  const highBit: Elements = { "00280102": ["US", [15]] };
  assert.deepEqual(grays(writePicture(shifted, { bitsStored: 12, more: highBit })), [1, 2, 3, 4, 5, 6, 7, 4095]);
  const bytes = [0, 1, 127, -128, -1, -2, 5, 6];
  assert.deepEqual(
    grays(
      writePicture(
        bytes.map((value) => value & 255),
        { bitsAllocated: 8, isSigned: true },
      ),
    ),
    bytes,
  );
});

test("8-bit pixels that are sent as words change places in big endian", () => {
  const swapped = [1, 0, 127, 2, 200, 128, 255, 254];
  assert.deepEqual(grays(writePicture(swapped, { syntax: "bigEndian", bitsAllocated: 8, vr: "OW" })), BYTES);
});

test("float pixels are read", () => {
  const floats = Float32Array.from([0, 0.5, -1.25, 1e6, 3, 4, 5, 6]);
  const file = writeDicom({
    "00280002": ["US", [1]],
    "00280004": ["CS", "MONOCHROME2"],
    "00280010": ["US", [2]],
    "00280011": ["US", [4]],
    "00280100": ["US", [32]],
    "7fe00008": ["OF", new Uint8Array(floats.buffer)],
  });
  assert.deepEqual(grays(file), Array.from(floats));
});

for (const encoder of ["jpegLossless", "jpegLs", "jpeg2000", "htj2k", "rle"] as const) {
  test(`${encoder} keeps 8, 12 and 16 bits, signs and colours as they were`, async () => {
    for (const bitsStored of [8, 12, 16]) {
      const values = RAMP.map((value) => value >> (16 - bitsStored));
      const frame = await encode(encoder, { ...SIZE, bitsStored, values });
      const bitsAllocated = bitsStored > 8 ? 16 : 8;
      assert.deepEqual(grays(writePicture([frame], { syntax: encoder, bitsAllocated, bitsStored })), values);
    }
    const signed = [0, 1, -1, -32_768, 32_767, 100, -100, 5];
    const words = signed.map((value) => value & 0xffff);
    const frame = await encode(encoder, { ...SIZE, bitsStored: 16, isSigned: true, values: words });
    assert.deepEqual(grays(writePicture([frame], { syntax: encoder, isSigned: true })), signed);
    const rgb = Array.from({ length: 24 }, (_, i) => (i * 37) % 256);
    const colour = await encode(encoder, { ...SIZE, bitsStored: 8, samples: 3, values: rgb });
    const options = { syntax: encoder, samples: 3, photometric: "RGB", bitsAllocated: 8 } as const;
    assert.deepEqual(colours(writePicture([colour], options)), rgb);
  });
}

test("JPEG Baseline comes near to what it was", async () => {
  const values = Array.from({ length: 64 }, (_, i) => (i % 8) * 16);
  const frame = await encode("jpeg", { columns: 8, rows: 8, bitsStored: 8, values });
  const read = grays(writePicture([frame], { columns: 8, rows: 8, syntax: "jpeg", bitsAllocated: 8 }));
  const worst = Math.max(...read.map((value, i) => Math.abs(value - values[i]!)));
  assert.ok(worst <= 4, `off by ${worst}`);
});

test("JPEG Extended keeps blocks of one gray of 12 bits", () => {
  const blocks = [0, 1, 1000, 2048, 4000, 4095];
  const options = { columns: 48, rows: 8, bitsStored: 12, syntax: "jpegExtended" } as const;
  const read = grays(writePicture([flatJpeg12(blocks)], options));
  assert.deepEqual(
    blocks.map((_, block) => read.slice(block * 8, block * 8 + 8)),
    blocks.map((value) => new Array(8).fill(value)),
  );
});

test("a compressed frame that breaks off is refused, whatever the codec", async () => {
  const values = Array.from({ length: 64 * 64 }, (_, i) => (i * i) % 256);
  const size = { columns: 64, rows: 64, bitsStored: 8 };
  for (const syntax of ["jpeg", "jpegLossless", "jpegLs", "jpeg2000", "rle"] as const) {
    const frame = await encode(syntax, { ...size, values });
    const half = frame.subarray(0, (frame.length >> 2) * 2);
    assert.throws(() => readDicom(writePicture([half], { ...size, syntax, bitsAllocated: 8 })), {
      code: "corrupt-image",
    });
  }
});

test("a frame in several fragments is put together", async () => {
  const frame = await encode("jpegLs", { ...SIZE, bitsStored: 16, values: RAMP });
  const fragments = [frame.subarray(0, 20), frame.subarray(20, 30), frame.subarray(30)];
  assert.deepEqual(grays(writePicture(fragments, { syntax: "jpegLs" })), RAMP);
});

test("the frame that is asked for is read, packed or not", async () => {
  const frames: Elements = { "00280008": ["IS", "3"] };
  const values = [RAMP, RAMP.map((value) => 65_535 - value), RAMP.map((value) => value >> 1)];
  const native = writePicture(values.flat(), { more: frames });
  const bits = writePicture(
    Array.from({ length: 27 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
    {
      columns: 3,
      rows: 3,
      bitsAllocated: 1,
      more: frames,
    },
  );
  assert.deepEqual(grays(bits, 2), [0, 1, 0, 0, 0, 0, 1, 0, 0]);
  const packed = await Promise.all(values.map((frame) => encode("jpegLs", { ...SIZE, bitsStored: 16, values: frame })));
  const inOne = writePicture(packed, { syntax: "jpegLs", more: frames });
  const inTwo = writePicture(
    packed.flatMap((frame) => [frame.subarray(0, 20), frame.subarray(20)]),
    {
      syntax: "jpegLs",
      more: frames,
    },
  );
  const starts = packed.map((_, i) => packed.slice(0, i).reduce((sum, { length }) => sum + length + 16, 0));
  const table = new Uint8Array(BigUint64Array.from(starts.map(BigInt)).buffer);
  const byTable = writePicture(
    packed.flatMap((frame) => [frame.subarray(0, 20), frame.subarray(20)]),
    {
      syntax: "jpegLs",
      more: { ...frames, "7fe00001": ["OB", table] },
    },
  );
  for (const file of [native, inOne, inTwo, byTable]) {
    for (const [i, frame] of values.entries()) assert.deepEqual(grays(file, i + 1), frame);
    assert.throws(() => readDicom(file, 4), { code: "unsupported-image", message: /frame 4 .* has 3/ });
  }
});

const COLOURS = { samples: 3, columns: 2, rows: 1, bitsAllocated: 8 };

test("colours are read by pixel and by plane, of 8 and 16 bits", () => {
  const rgb = { ...COLOURS, photometric: "RGB" };
  const planar: Elements = { "00280006": ["US", [1]] };
  assert.deepEqual(colours(writePicture([1, 2, 3, 4, 5, 6], rgb)), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(colours(writePicture([1, 4, 2, 5, 3, 6], { ...rgb, more: planar })), [1, 2, 3, 4, 5, 6]);
  const deep = [1, 2, 3, 4, 5, 6].map((value) => value * 256 + 255);
  assert.deepEqual(colours(writePicture(deep, { ...rgb, bitsAllocated: 16 })), [1, 2, 3, 4, 5, 6]);
});

test("luminance and chrominances become red, green and blue", () => {
  // PS3.3 C.7.6.3.1.2: red is 76, 85, 255, and gray has 128 twice.
  const full = writePicture([76, 85, 255, 90, 128, 128], { ...COLOURS, photometric: "YBR_FULL" });
  assert.deepEqual(colours(full), [254, 0, 0, 90, 90, 90]);
  const halved = writePicture([76, 90, 128, 128], { ...COLOURS, photometric: "YBR_FULL_422" });
  assert.deepEqual(colours(halved), [76, 76, 76, 90, 90, 90]);
  const partial = writePicture([16, 235, 128, 128], { ...COLOURS, photometric: "YBR_PARTIAL_422" });
  assert.deepEqual(colours(partial), [0, 0, 0, 255, 255, 255]);
});

test("palettes of 8 and 16 bits are looked up, beyond their ends too", () => {
  const palette = (bits: number, data: (entries: number[]) => Uint8Array | number[]): Elements => ({
    "00281101": ["US", [3, 10, bits]],
    "00281102": ["US", [3, 10, bits]],
    "00281103": ["US", [3, 10, bits]],
    "00281201": ["OW", data([1, 2, 3])],
    "00281202": ["OW", data([4, 5, 6])],
    "00281203": ["OW", data([7, 8, 9])],
  });
  const options = { columns: 2, rows: 2, bitsAllocated: 8, photometric: "PALETTE COLOR" };
  const expected = [1, 4, 7, 2, 5, 8, 3, 6, 9, 3, 6, 9];
  for (const more of [
    palette(8, (entries) => Uint8Array.from([...entries, 0])),
    palette(8, (entries) => entries),
    palette(16, (entries) => entries.map((entry) => entry * 257)),
  ]) {
    assert.deepEqual(colours(writePicture([9, 11, 12, 255], { ...options, more })), expected);
  }
});

const REFUSED: [what: string, file: () => Uint8Array, code: string, message: RegExp][] = [
  ["nothing behind the prefix", () => writePicture(RAMP).subarray(0, 132), "corrupt-image", /break off/],
  [
    "a report",
    () => writeDicom({ "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.88.11"] }),
    "unsupported-image",
    /structured report/,
  ],
  ["a file without pixels", () => writeDicom({ "00080060": ["CS", "OT"] }), "unsupported-image", /no pixels/],
  ["pixels that break off", () => writePicture(RAMP).subarray(0, -4), "corrupt-image", /file has/],
  ["too few pixels", () => writePicture(RAMP.slice(2)), "corrupt-image", /12 bytes of pixels, 16 are needed/],
  ["no rows", () => writePicture(RAMP, { rows: 0 }), "corrupt-image", /4x0 pixels/],
  ["a forged size", () => writePicture(RAMP, { rows: 65_535, columns: 65_535 }), "image-too-large", /65535x65535/],
  ["unknown colours", () => writePicture(RAMP, { photometric: "CMYK" }), "unsupported-image", /other colours/],
  ["gray of three samples", () => writePicture(RAMP, { samples: 3 }), "corrupt-image", /3 samples/],
  [
    "samples of 24 bits",
    () => writePicture(RAMP, { more: { "00280100": ["US", [24]] } }),
    "unsupported-image",
    /24 bits/,
  ],
  ["more bits stored than there are", () => writePicture(RAMP, { bitsStored: 17 }), "corrupt-image", /17 bits/],
  [
    "no number for a window",
    () => writePicture(RAMP, { more: { "00281050": ["DS", "x"], "00281051": ["DS", "1"] } }),
    "corrupt-image",
    /no number/,
  ],
  [
    "two centers and one width",
    () => writePicture(RAMP, { more: { "00281050": ["DS", "1\\2"], "00281051": ["DS", "1"] } }),
    "corrupt-image",
    /2 window centers and 1/,
  ],
  [
    "a compressed frame of another size",
    () =>
      writePicture([Uint8Array.from([0xff, 0xd8, 0xff, 0xc3, 0, 11, 16, 0, 9, 0, 9, 1, 1, 17, 0])], {
        syntax: "jpegLossless",
      }),
    "corrupt-image",
    /9x9x1 samples/,
  ],
  [
    "an RLE frame that cannot be",
    () => writePicture([new Uint8Array(64)], { syntax: "rle" }),
    "corrupt-image",
    /0 segments, 2/,
  ],
  [
    "compressed pixels in plain syntax",
    () => writePicture([new Uint8Array(64)]),
    "corrupt-image",
    /says that they are not/,
  ],
  [
    "plain pixels in compressed syntax",
    () => writePicture(RAMP, { syntax: "jpegLs" }),
    "corrupt-image",
    /not compressed/,
  ],
];
for (const [what, file, code, message] of REFUSED) {
  test(`${what} is refused as ${code}`, () => assert.throws(() => readDicom(file()), { code, message }));
}

test("a deflated bomb is refused before it is there", () => {
  const bomb = writeDicom({ "00090010": ["OB", new Uint8Array(300 * 2 ** 20)] }, { syntax: "deflated" });
  assert.ok(bomb.length < 2 ** 20);
  assert.throws(() => readDicom(bomb), { code: "image-too-large" });
});

test("nesting without end and elements without number are refused", () => {
  const item = Buffer.from("00400010535100 00ffffffff feff00e0ffffffff".replaceAll(" ", ""), "hex");
  const start = writeDicom({ "00080060": ["CS", "OT"] });
  const nested = Buffer.concat([start, ...Array.from({ length: 200_000 }, () => item)]);
  assert.throws(() => readDicom(nested), { code: "corrupt-image" });
  const tiny = Buffer.alloc(8 * 3_000_000);
  for (let i = 0; i < tiny.length; i += 8) tiny.set([0x09, 0, i & 255, (i >> 8) & 255, 0x43, 0x53, 0, 0], i);
  assert.throws(() => readDicom(Buffer.concat([start, tiny])), { code: "corrupt-image" });
});

test("other formats are not taken for DICOM", () => {
  for (const start of [
    "89504e470d0a1a0a",
    "ffd8ffe000104a46",
    "49492a0008000000",
    "424d460000000000",
    "08001200ffff0000",
  ]) {
    const bytes = new Uint8Array(200);
    bytes.set(Buffer.from(start, "hex"));
    assert.equal(isDicom(bytes), false, start);
  }
  assert.equal(isDicom(new Uint8Array()), false);
  assert.equal(isDicom(Buffer.from("a text of some length, ".repeat(20))), false);
});

test("every transfer syntax of the tests is one that is read", async () => {
  const { TRANSFER_SYNTAXES } = await import("../../../src/formats/dicom/transfer-syntaxes.ts");
  assert.deepEqual(
    Object.values(SYNTAX).filter((uid) => !TRANSFER_SYNTAXES[uid]),
    [],
  );
});
