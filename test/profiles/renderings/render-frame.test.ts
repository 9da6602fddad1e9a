import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../../src/errors.ts";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { readDicom } from "../../../src/formats/dicom/read-dicom.ts";
import { parseProfile, profileRendering } from "../../../src/profiles/profiles.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import { type Elements, writePicture } from "../../formats/dicom/write-dicom.ts";

const VALUES = [0, 100, 200, 300, 400, 500, 600, 1000];

/** Rendered as the profile's id says, a frame of the given stored values. */
function render(
  more: Elements,
  id = "direct",
  values = VALUES,
  options: Parameters<typeof writePicture>[1] = {},
): number[] {
  const { name, options: own, frame } = profileRendering(parseProfile(id));
  const read = readDicom(writePicture(values, { ...options, more }), frame) as MonochromeFrame;
  return Array.from(renderFrame(read, name, own).data);
}

const window = (center: string, width: string, more: Elements = {}): Elements => ({
  "00281050": ["DS", center],
  "00281051": ["DS", width],
  ...more,
});
const shape = (name: string): Elements => ({ "00281056": ["CS", name] });
const rescale = (slope: string, intercept: string): Elements => ({
  "00281052": ["DS", intercept],
  "00281053": ["DS", slope],
});
const CT: Elements = { "00080060": ["CS", "CT"], ...rescale("1", "-1000") };
const table = (first: number, bits: number, entries: number[]): Elements => ({
  "00283002": ["US", [entries.length, first, bits]],
  "00283006": ["OW", entries],
});

test("without table and window the lowest value is black and the highest white", () => {
  assert.deepEqual(render({}), [0, 26, 51, 77, 102, 128, 153, 255]);
  assert.deepEqual(render({}, "direct", new Array(8).fill(7)), new Array(8).fill(0));
});

test("MONOCHROME1 is turned over", () => {
  const options = { photometric: "MONOCHROME1" };
  assert.deepEqual(render({}, "direct", VALUES, options), [255, 229, 204, 178, 153, 127, 102, 0]);
});

test("padding counts for nothing and is black, whatever white is", () => {
  const padding: Elements = { "00280120": ["US", [1000]] };
  assert.deepEqual(render(padding), [0, 43, 85, 128, 170, 213, 255, 0]);
  const range: Elements = { "00280120": ["US", [500]], "00280121": ["US", [1000]] };
  assert.deepEqual(render(range, "direct", VALUES, { photometric: "MONOCHROME1" }), [255, 191, 127, 64, 0, 0, 0, 0]);
  const signed: Elements = { "00280120": ["SS", [-2000 & 0xffff]] };
  const values = [-2000 & 0xffff, 0, 100, 100, 100, 100, 100, 100];
  assert.deepEqual(render(signed, "direct", values, { isSigned: true }), [0, 0, 255, 255, 255, 255, 255, 255]);
});

// The expected values are those of the formulas of PS3.3 C.11.2.1, worked out by hand.
test("windows are linear, exactly linear or sigmoid", () => {
  assert.deepEqual(render(window("300.6", "401")), [0, 0, 64, 127, 191, 255, 255, 255]);
  assert.deepEqual(render(window("300", "400", shape("LINEAR_EXACT"))), [0, 0, 64, 128, 191, 255, 255, 255]);
  assert.deepEqual(render(window("300", "400", shape("SIGMOID"))), [12, 30, 69, 128, 186, 225, 243, 255]);
  assert.deepEqual(render(window("300.5", "1")), [0, 0, 0, 0, 255, 255, 255, 255]);
});

test("a window without width is passed over", () => {
  assert.deepEqual(render(window("0", "0")), render({}));
  assert.deepEqual(render(window("0\\300", "0\\401")), render(window("300", "401")));
});

test("another of several windows can be asked for", () => {
  const both = window("0\\300", "101\\401");
  assert.deepEqual(render(both, "direct;window=2"), render(window("300", "401")));
  assert.throws(() => render(both, "direct;window=3"), { code: "unsupported-image", message: /window 3 .* has 2/ });
});

test("slope and intercept come before the window, and so does a modality table", () => {
  const exact = shape("LINEAR_EXACT");
  const scaled = render({ ...rescale("2", "-100"), ...window("500", "800", exact) });
  assert.deepEqual(scaled, render(window("300", "400", exact)));
  const modality: Elements = { "00283000": ["SQ", [table(0, 16, [0, 10, 20])]] };
  assert.deepEqual(
    render({ ...modality, ...window("10.5", "11") }, "direct", [0, 1, 2, 3, 9, 9, 9, 9]),
    [13, 255, 255, 255, 255, 255, 255, 255].map((light, i) => (i === 0 ? 0 : i === 1 ? 128 : light)),
  );
});

test("a VOI table goes before a window", () => {
  const voi: Elements = { "00283010": ["SQ", [table(100, 8, [0, 51, 102, 255])]] };
  const values = [0, 100, 101, 102, 103, 104, 60_000, 100];
  assert.deepEqual(render({ ...voi, ...window("0", "1") }, "direct", values), [0, 0, 51, 102, 255, 255, 255, 0]);
  const deep: Elements = { "00283010": ["SQ", [table(100, 12, [0, 2048, 4095, 0])]] };
  assert.deepEqual(render(deep, "direct", values), [0, 0, 128, 255, 0, 0, 0, 0]);
});

test("the functional groups of a frame say how it is shown, then those of all", () => {
  const groupOf = (voi: Elements, pixel?: Elements): Elements => ({
    "00289132": ["SQ", [voi]],
    ...(pixel && { "00289145": ["SQ", [pixel]] }),
  });
  const exact = shape("LINEAR_EXACT");
  const more: Elements = {
    "00280008": ["IS", "2"],
    "52009229": ["SQ", [groupOf(window("300", "400", exact), rescale("1", "0"))]],
    "52009230": ["SQ", [{ "00080008": ["CS", "X"] }, groupOf(window("500", "800", exact), rescale("2", "-100"))]],
  };
  const expected = render(window("300", "400", exact));
  assert.deepEqual(render(more, "direct", [...VALUES, ...VALUES]), expected);
  assert.deepEqual(render(more, "direct;frame=2", [...VALUES, ...VALUES]), expected);
});

test("CT windows and ranges are in Hounsfield units", () => {
  const hu = [-1350, -600, 150, -1000, 0, 50, 1000, 3000].map((value) => value + 2000);
  const file = { ...CT, ...rescale("1", "-2000") };
  assert.deepEqual(render(file, "direct;rendering=ct-lung", hu), [0, 128, 255, 60, 230, 238, 255, 255]);
  assert.deepEqual(render(file, "direct;rendering=hu", hu), [0, 51, 147, 0, 128, 134, 255, 255]);
  assert.deepEqual(render(file, "direct;rendering=hu;low=0;high=100", hu), [0, 0, 255, 0, 0, 128, 255, 255]);
});

test("CT windows refuse what is not in Hounsfield units", () => {
  for (const more of [{}, { ...CT, "00281054": ["LO", "US"] } as Elements]) {
    assert.throws(
      () => render(more, "direct;rendering=ct-lung"),
      (error) =>
        error instanceof MedembedError && error.code === "unsupported-image" && /Hounsfield/.test(error.message),
    );
  }
});

test("percentiles lie between values in proportion", () => {
  const values = [0, 10, 20, 30, 40, 50, 60, 70];
  // numpy.percentile(values, [10, 90]) is 7 and 63.
  const expected = values.map((value) => Math.floor(255 * Math.min(1, Math.max(0, (value - 7) / 56)) + 0.5));
  assert.deepEqual(render({}, "direct;rendering=percentile;low=10;high=90", values), expected);
  const wide = { bitsAllocated: 32 };
  assert.deepEqual(render({}, "direct;rendering=percentile;low=10;high=90", values, wide), expected);
});

test("values of 32 bits are rendered like those of 16", () => {
  for (const more of [{}, window("300", "401")]) {
    assert.deepEqual(render(more, "direct", VALUES, { bitsAllocated: 32 }), render(more));
  }
});
