import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../../src/errors.ts";
import type { PixelArray } from "../../../src/image.ts";
import { parseRecipe, RECIPES } from "../../../src/profiles/recipes/recipes.ts";

test("a recipe's id holds what is not by default, in one way of writing", () => {
  const ids: [text: string, id: string][] = [
    ["toolkit-480", "toolkit-480"],
    ["toolkit-480;parity=0", "toolkit-480"],
    ["toolkit-480;size=480", "toolkit-480"],
    ["toolkit-480;size=480,480;pad=0", "toolkit-480"],
    ["toolkit-480;parity=1;percentiles=0.01", "toolkit-480;parity=1"],
    ["toolkit-480;percentiles=0.01,0.99", "toolkit-480;percentiles=0.01"], // without, a window of the file's own goes first
    ["toolkit-480;percentiles=0.07", "toolkit-480;percentiles=0.07"],
    ["toolkit-480;percentiles=0.000001,0.5", "toolkit-480;percentiles=0.000001,0.5"],
    ["toolkit-480;parity=1;window=40,400;engine=pydicom", "toolkit-480;window=40,400;parity=1;engine=pydicom"],
    ["toolkit-480;fullRange=1;engine=sitk;parity=1", "toolkit-480;fullRange=1;parity=1"],
    ["toolkit-480;minMax=-1000,1000.5", "toolkit-480;minMax=-1000,1000.5"],
    ["toolkit-480;pad=0", "toolkit-480;pad=0"],
    ["toolkit-480;size=480;pad=1", "toolkit-480;pad=1;size=480"],
    ["toolkit-480;edge=480", "toolkit-480;edge=480"],
    ["toolkit-480;size=64,32", "toolkit-480;size=64,32"],
    ["mcp-512-jpeg;parity=1", "mcp-512-jpeg;parity=1"],
    ["advanced-10-90;parity=0", "advanced-10-90"],
    ["finetune-512-q95", "finetune-512-q95"],
  ];
  for (const [text, id] of ids) {
    assert.equal(parseRecipe(text)?.id, id);
    assert.equal(parseRecipe(id)?.id, id);
  }
});

test("raw-file does nothing", () => {
  assert.equal(parseRecipe("raw-file"), undefined);
});

test("a recipe says what it sends, and what its makers call the endpoint with", () => {
  const opened = Object.keys(RECIPES).flatMap((name) => parseRecipe(name) ?? []);
  assert.deepEqual(
    opened.map(({ id, jpegQuality, params }) => [id, jpegQuality, params]),
    [
      ["toolkit-480", undefined, undefined],
      ["mcp-512-jpeg", 75, undefined],
      ["advanced-10-90", undefined, undefined],
      ["finetune-512-q95", 95, { jpegQuality: 95, size: 480 }],
    ],
  );
});

const REFUSED: [text: string, message: RegExp][] = [
  ["", /no recipe ""; known are raw-file, toolkit-480, mcp-512-jpeg, advanced-10-90, finetune-512-q95/],
  ["toString", /no recipe/],
  ["toolkit-480;quality=75", /recipe toolkit-480 has no option "quality"/],
  ["toolkit-480;toString=1", /has no option/],
  ["advanced-10-90;window=40,400", /has no option "window"/],
  ["raw-file;parity=1", /has no option "parity"/],
  ["toolkit-480;parity", /parity is 1 or 0/],
  ["toolkit-480;parity=yes", /parity is 1 or 0/],
  ["toolkit-480;percentiles=1,99", /percentiles needs 1 or 2 numbers from 0 to 1/],
  ["toolkit-480;percentiles=0.9,0.1", /percentiles needs two numbers, the lower one first/],
  ["toolkit-480;percentiles=0.5", /the lower one first/],
  ["toolkit-480;percentiles=", /1 or 2 numbers/],
  ["toolkit-480;percentiles=0.1,0.2,0.3", /1 or 2 numbers/],
  ["toolkit-480;percentiles=0x0,0.5", /1 or 2 numbers/],
  ["toolkit-480;percentiles=0.0000001", /1 or 2 numbers/],
  ["toolkit-480;window=40", /window needs 2 numbers$/],
  ["toolkit-480;window=40,0", /a width above 0/],
  ["toolkit-480;minMax=5,5", /minMax needs two numbers, the lower one first/],
  ["toolkit-480;fullRange=0", /fullRange is 1 or left out/],
  ["toolkit-480;fullRange=1;window=1,2", /window and fullRange exclude each other/],
  ["toolkit-480;size=480;edge=480", /size and edge exclude each other/],
  ["toolkit-480;size=0", /size needs 1 or 2 whole numbers from 1 to 4096/],
  ["toolkit-480;size=47.5", /whole numbers/],
  ["toolkit-480;edge=480,480", /edge needs 1 whole numbers/],
  ["toolkit-480;engine=pydicom", /goes with parity=1/],
  ["toolkit-480;engine=gdcm;parity=1", /engine is one of sitk, pydicom/],
];
for (const [text, message] of REFUSED) {
  test(`recipe "${text}" is refused`, () => {
    assert.throws(
      () => parseRecipe(text),
      (error) => error instanceof MedembedError && error.code === "usage" && message.test(error.message),
    );
  });
}

const row = (data: PixelArray["data"], more: Partial<PixelArray> = {}): PixelArray => ({
  width: data.length,
  height: 1,
  channels: 1,
  data,
  ...more,
});
const follow = (text: string, pixels: PixelArray) => [...parseRecipe(text)!.follow(pixels).data];

// `pad=0` replaces the set of shapes, so that the size stays: what is seen are the levels. All by hand.
test("numbers are cut off to whole ones, not rounded", () => {
  assert.deepEqual(follow("toolkit-480;fullRange=1;pad=0", row(Uint16Array.of(0, 1, 2, 3, 1000))), [0, 0, 0, 0, 255]);
  assert.deepEqual(
    follow("toolkit-480;window=50,100;pad=0", row(Float32Array.of(-9, 10, 50, 99, 400))),
    [0, 25, 127, 252, 255],
  );
});

test("inverted numbers are turned over after the levels, in parity never", () => {
  const pixels = row(Float32Array.of(0, 10, 20, 100), { isInverted: true });
  assert.deepEqual(follow("toolkit-480;minMax=0,20;pad=0", pixels), [255, 128, 0, 0]);
  assert.deepEqual(follow("toolkit-480;minMax=0,20;pad=0;parity=1", pixels), [0, 127, 255, 255]);
  const ends = row(Float32Array.of(0, 0, 7, 9, 9), { isInverted: true });
  assert.deepEqual(follow("advanced-10-90", ends), [255, 255, 57, 0, 0]);
  assert.deepEqual(follow("advanced-10-90;parity=1", ends), [0, 0, 198, 255, 255]);
});

test("inverted pictures are turned over, too", () => {
  const data = Uint8Array.from({ length: 512 * 512 }, (_, i) => (i % 512 < 256 ? 0 : 255)); // black on the left
  const pixels: PixelArray = { width: 512, height: 512, channels: 1, data, isInverted: true };
  for (const name of ["mcp-512-jpeg", "finetune-512-q95"]) {
    assert.equal(follow(name, pixels)[0], 255);
    assert.equal(follow(`${name};parity=1`, pixels)[0], 0);
  }
});

test("the file's window goes before the percentiles, but not before what is asked for, and in parity counts for nothing", () => {
  const pixels = row(Float32Array.of(0, 40, 50, 60, 1000), { window: [50, 20] });
  assert.deepEqual(follow("toolkit-480;pad=0", pixels), [0, 0, 127, 255, 255]);
  assert.deepEqual(follow("toolkit-480;pad=0;fullRange=1", pixels), [0, 10, 12, 15, 255]);
  assert.deepEqual(follow("toolkit-480;pad=0;percentiles=0,1", pixels), [0, 10, 12, 15, 255]);
  assert.deepEqual(follow("toolkit-480;pad=0;percentiles=0,1;parity=1", pixels), [0, 10, 12, 15, 255]);
  assert.deepEqual(
    follow("toolkit-480;pad=0;parity=1", pixels),
    follow("toolkit-480;pad=0;parity=1", { ...pixels, window: undefined }),
  );
});

test("the same picture gives the same with 8 and with 16 bits, in parity only with more than 8", () => {
  const bytes = Uint8Array.of(20, 30, 40, 50, 60);
  const words = Uint16Array.from(bytes, (value) => value * 257);
  assert.deepEqual(follow("toolkit-480;pad=0", row(bytes)), follow("toolkit-480;pad=0", row(words)));
  assert.deepEqual(follow("toolkit-480;pad=0;parity=1", row(bytes)), [...bytes]);
  assert.notDeepEqual(follow("toolkit-480;pad=0;parity=1", row(words)), [...bytes]);
});

test("where the levels are one value, black and white are the lowest and highest; in parity all is black", () => {
  const mostlyOne = Float32Array.of(...new Array(300).fill(5), 7, 9);
  assert.deepEqual(follow("toolkit-480;pad=0", row(mostlyOne)).slice(298), [0, 0, 127, 255]);
  assert.deepEqual(follow("advanced-10-90", row(mostlyOne)).slice(298), [0, 0, 127, 255]);
  for (const text of ["toolkit-480;pad=0;parity=1", "advanced-10-90;parity=1"]) {
    assert.deepEqual(new Set(follow(text, row(mostlyOne))), new Set([0]));
  }
  for (const name of ["toolkit-480;pad=0", "advanced-10-90"]) {
    assert.deepEqual(follow(name, row(Uint16Array.of(9, 9, 9))), [0, 0, 0]);
  }
});

test("what is no number is black, and in parity makes all so", () => {
  const holed = Float32Array.of(0, 1, Number.NaN, 2, Number.POSITIVE_INFINITY);
  assert.deepEqual(follow("toolkit-480;pad=0;fullRange=1", row(holed)), [0, 127, 0, 255, 255]);
  const holedOnly = holed.subarray(0, 4);
  for (const levels of ["fullRange=1", "percentiles=0.01"]) {
    assert.deepEqual(follow(`toolkit-480;pad=0;parity=1;${levels}`, row(holedOnly)), [0, 0, 0, 0]);
  }
  assert.deepEqual(follow("toolkit-480;pad=0", row(Float32Array.of(Number.NaN, Number.NaN))), [0, 0]);
  const onlyOne = row(Float32Array.from({ length: 1000 }, (_, i) => (i === 500 ? Number.NaN : i)));
  for (const name of ["toolkit-480;pad=0;parity=1", "advanced-10-90;parity=1"]) {
    assert.ok(follow(name, onlyOne).every((light) => light === 0));
  }
  assert.deepEqual(follow("advanced-10-90", onlyOne).slice(499, 501), [127, 0]);
});

test("alpha is dropped before the levels, in parity it is one of the numbers", () => {
  const pixels: PixelArray = { width: 2, height: 1, channels: 2, data: Float32Array.of(10, 1000, 20, 1000) };
  assert.deepEqual(follow("toolkit-480;pad=0;fullRange=1", pixels), [0, 255]);
  assert.deepEqual(follow("toolkit-480;pad=0;parity=1;fullRange=1", pixels), [0, 255, 2, 255]);
});

test("a square is padded with black, and a pixel short where the difference is odd", () => {
  const pixels: PixelArray = { width: 1, height: 4, channels: 1, data: Uint8Array.of(1, 2, 3, 4) };
  const padded = parseRecipe("toolkit-480;pad=1;parity=1")!.follow(pixels);
  assert.deepEqual([padded.width, padded.height, ...padded.data], [3, 4, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0]);
});

test("a long thin picture is not padded to a huge one", () => {
  assert.throws(
    () => parseRecipe("toolkit-480;pad=1")!.follow(row(new Uint8Array(65_535))),
    (error) => error instanceof MedembedError && error.code === "image-too-large",
  );
});

test("the longest edge keeps the aspect, and nothing shrinks to nothing", () => {
  const sizeOf = (edge: number, width: number, height: number) => {
    const picture = parseRecipe(`toolkit-480;edge=${edge}`)!.follow({
      ...row(new Uint8Array(width * height)),
      width,
      height,
    });
    return [picture.width, picture.height];
  };
  assert.deepEqual(sizeOf(49, 98, 30), [49, 15]);
  assert.deepEqual(sizeOf(49, 9, 500), [1, 49]);
  assert.deepEqual(sizeOf(15, 11, 1), [14, 1]); // 15 / 11 * 11 is a bit less than 15
});

test("recipes for pictures refuse numbers that are none", () => {
  for (const name of ["mcp-512-jpeg", "finetune-512-q95"]) {
    assert.throws(
      () => parseRecipe(name)!.follow(row(Int16Array.of(1, 2))),
      (error) => error instanceof MedembedError && error.code === "unsupported-image",
    );
  }
});
