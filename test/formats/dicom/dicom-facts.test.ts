import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Facts } from "../../../src/facts.ts";
import { TAGS } from "../../../src/formats/dicom/attributes.ts";
import { keyedHash } from "../../../src/formats/identity-key.ts";
import { readFacts, readFileFacts } from "../../../src/formats/read-facts.ts";
import { temporaryFolder } from "../../golden-small.ts";
import { assertClosed } from "./closed-facts.ts";
import { elementsOf } from "./edit-dicom.ts";
import { type Elements, writeDicom, writePicture } from "./write-dicom.ts";

const identify = (_name: string, id: string) => id;
const example = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../examples/dicom/${name}`, import.meta.url)));

function facts(elements: Elements, frame?: number): Facts {
  const { modality: _, ...found } = readFacts(writePicture([1, 2, 3, 4, 5, 6, 7, 8], { more: elements }), {
    identify,
    frame,
  });
  return found;
}

/** Eight bytes each, little endian. */
const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
const code = (value: string, scheme: string): Elements => ({
  "00080100": ["SH", value],
  "00080102": ["SH", scheme],
  "00080104": ["LO", "not looked at"],
});

const MR_HEAD = {
  modality: "MR",
  plane: "axial",
  scanningSequence: "SE",
  manufacturer: "Toshiba",
  sex: "F",
  repetitionTime: 4000,
  echoTime: 240,
  flipAngle: 90,
  sliceThickness: 0.8,
  rowSpacing: 0.3125,
  columnSpacing: 0.3125,
  slicePosition: 6.6406,
  patient: "4MR1",
  study: "1.3.6.1.4.1.5962.1.2.4.20040826185059.5457",
  series: "1.3.6.1.4.1.5962.1.3.4.1.20040826185059.5457",
  instance: "1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457",
};

test("real files tell what other readers find in their headers, compressed or not", () => {
  assert.deepEqual(readFacts(example("mr-head.dcm"), { identify }), MR_HEAD);
  assert.deepEqual(readFacts(example("mr-head-jpeg-ls.dcm"), { identify }), MR_HEAD);
  const { patient, study, series, instance, ...ct } = readFacts(example("ct-chest.dcm"), { identify });
  assert.deepEqual(ct, {
    modality: "CT",
    plane: "axial",
    contrast: "yes",
    manufacturer: "GE",
    sex: "O",
    ageBand: "0-9",
    sliceThickness: 5,
    rowSpacing: 0.66147,
    columnSpacing: 0.66147,
    slicePosition: -75.7,
  });
});

for (const syntax of ["implicit", "deflated"] as const) {
  test(`the ${syntax} transfer syntax makes no difference`, () => {
    assert.deepEqual(readFacts(writeDicom(elementsOf(example("mr-head.dcm")), { syntax }), { identify }), MR_HEAD);
  });
}

test("a file that is not DICOM tells nothing", () => {
  assert.deepEqual(readFacts(new TextEncoder().encode("a text of some length ".repeat(20)), { identify }), {});
});

/** What stands in the header → what is told of it. */
const TOLD: readonly (readonly [what: string, header: Elements, told: Facts])[] = [
  ["a body part", { "00180015": ["CS", "LSPINE"] }, { bodyPart: "LSPINE" }],
  ["a body part in other words", { "00180015": ["CS", "CHEST_TO_PELVIS"] }, { bodyPart: "CHESTABDPELVIS" }],
  ["a body part in a code", { "00082218": ["SQ", [code("12738006", "SCT")]] }, { bodyPart: "BRAIN" }],
  ["a body part in an older code", { "00082218": ["SQ", [code("T-A0100", "SRT")]] }, { bodyPart: "BRAIN" }],
  ["a code of somebody's own", { "00082218": ["SQ", [code("12738006", "99ACME")]] }, {}],
  ["a body part that is none", { "00180015": ["CS", "SCOUT"] }, {}],
  ["a view", { "00185101": ["CS", "PA"] }, { view: "PA" }],
  ["a view in a code", { "00540220": ["SQ", [code("R-10226", "SNM3")]] }, { view: "MLO" }],
  [
    "a side of the image before that of the series",
    { "00200060": ["CS", "R"], "00200062": ["CS", "L"] },
    { laterality: "L" },
  ],
  ["several sequences in one order", { "00180020": ["CS", "GR\\IR"] }, { scanningSequence: "IR+GR" }],
  ["a sequence that is unknown", { "00180020": ["CS", "RF"] }, {}],
  ["an echo of a strange name", { "00189008": ["CS", "constructor"] }, {}],
  ["a contrast agent", { "00180010": ["LO", "ISOVUE 300"] }, { contrast: "yes" }],
  ["a contrast agent that is none", { "00180010": ["LO", "None"] }, { contrast: "no" }],
  ["an empty contrast agent", { "00180010": ["LO", ""] }, {}],
  ["a coded contrast agent", { "00180012": ["SQ", [code("C-B0322", "SRT")]] }, { contrast: "yes" }],
  ["a maker", { "00080070": ["LO", "Philips Medical Systems"] }, { manufacturer: "Philips" }],
  ["a maker with a mark", { "00080070": ["LO", "TOSHIBA_MEC"] }, { manufacturer: "Toshiba" }],
  ["a maker that is unknown", { "00080070": ["LO", "Philip, constructor"] }, { manufacturer: "other" }],
  ["annotation", { "00280301": ["CS", "YES"] }, { burntInText: "yes" }],
  ["no annotation", { "00280301": ["CS", "NO"] }, { burntInText: "no" }],
  ["a scanned document", { "00080064": ["CS", "SD"] }, { burntInText: "yes" }],
  ["a label of a slide", { "00480010": ["CS", "YES"] }, { burntInText: "yes" }],
  ["a label without what identifies", { "00480010": ["CS", "YES"], "00280301": ["CS", "NO"] }, { burntInText: "no" }],
  ["a screen", { "00080064": ["CS", "WSD"] }, {}],
  [
    "times and angle",
    { "00180080": ["DS", " 2300.00"], "00180082": ["DS", "1.5E2"], "00181314": ["DS", "90"] },
    { repetitionTime: 2300, inversionTime: 150, flipAngle: 90 },
  ],
  ["field strength in gauss", { "00180087": ["DS", "15000"] }, {}],
  ["a date where a time should stand", { "00180080": ["DS", "19370526"] }, {}],
  ["zeros where there is nothing", { "00180082": ["DS", "0"], "00180050": ["DS", "0.0"] }, {}],
  ["a word where a number should stand", { "00180081": ["DS", "short"] }, {}],
  ["a number in another notation", { "00180081": ["DS", "0x20"] }, {}],
  ["spacing between rows, then columns", { "00280030": ["DS", "0.5\\0.25"] }, { rowSpacing: 0.5, columnSpacing: 0.25 }],
  ["spacing on the detector", { "00181164": ["DS", "0.1\\0.1"] }, { rowSpacing: 0.1, columnSpacing: 0.1 }],
  [
    "more digits than make sense",
    { "00280030": ["DS", "0.68359375\\0.683593"] },
    { rowSpacing: 0.68359, columnSpacing: 0.68359 },
  ],
  ["a patient's ID with a line break", { "00100020": ["LO", "47\n11"] }, {}],
  ["a text that is too long", { "00180015": ["UT", "A".repeat(70_000)], "00100040": ["CS", "f"] }, { sex: "F" }],
];

for (const [what, header, told] of TOLD) {
  test(`what is told of ${what}`, () => assert.deepEqual(facts(header), told));
}

test("whatever stands in an attribute, a fact is a word of its list or a number, or is not told", () => {
  const texts = Object.values(TAGS).filter((tag) => tag > "x00080000" && tag < "x7fe00000");
  const hostile = fc.constantFrom("constructor", "__proto__", "toString", "\\\\", "-0", "1e999", "YES\\NO", "\u00e4");
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.oneof(hostile, fc.string()), (tag, value) => {
      const file = writePicture([1, 2, 3, 4, 5, 6, 7, 8], { more: { [tag.slice(1)]: ["UT", value] } });
      assertClosed(readFacts(file, { identify: keyedHash(new Uint8Array(32)) }));
    }),
    { numRuns: 2_000 },
  );
});

/** Directions of row and column, and a corner. */
const ORIENTATIONS: readonly (readonly [orientation: string, corner: string, told: Facts])[] = [
  ["1\\0\\0\\0\\1\\0", "-10\\-20\\33.25", { plane: "axial", slicePosition: 33.25 }],
  ["1\\0\\0\\0\\0\\-1", "-10\\-20\\33.25", { plane: "coronal", slicePosition: -20 }],
  ["0\\1\\0\\0\\0\\-1", "-10\\-20\\33.25", { plane: "sagittal", slicePosition: 10 }],
  ["-1\\0\\0\\0\\1\\0", "-10\\-20\\33.25", { plane: "axial", slicePosition: -33.25 }],
  ["1\\0\\0\\0\\0.99096\\0.134158", "-110.5\\-88.7063\\3.54247", { plane: "axial", slicePosition: 15.411 }],
  ["0.7071\\0.7071\\0\\0\\0\\-1", "0\\0\\0", { plane: "oblique", slicePosition: 0 }],
  ["1\\0\\0\\0\\1\\0", "", { plane: "axial" }],
  ["1\\0\\0\\1\\0\\0", "0\\0\\0", {}],
  ["2\\0\\0\\0\\2\\0", "0\\0\\0", {}],
  ["1\\0\\0\\0\\1", "0\\0\\0", {}],
  ["", "1\\2\\3", {}],
];

for (const [orientation, corner, told] of ORIENTATIONS) {
  test(`a slice of orientation ${orientation || "unknown"} at ${corner || "an unknown corner"}`, () => {
    assert.deepEqual(facts({ "00200037": ["DS", orientation], "00200032": ["DS", corner] }), told);
  });
}

test("an age is told as ten years around it, and the highest ages as one", () => {
  const age = (text: string) => facts({ "00101010": ["AS", text] }).ageBand;
  const born = (date: string) => facts({ "00080020": ["DA", "20240229"], "00100030": ["DA", date] }).ageBand;
  assert.deepEqual(["047Y", "018M", "003W", "089Y", "090Y", "104Y"].map(age), [
    "40-49",
    "0-9",
    "0-9",
    "80-89",
    "90+",
    "90+",
  ]);
  assert.deepEqual(["47", "999Y", "04 Y"].map(age), [undefined, undefined, undefined]);
  assert.deepEqual(["19370526", "1937.05.26", "20240229"].map(born), ["80-89", "80-89", "0-9"]);
  assert.deepEqual(["20250101", "19370230", "1937"].map(born), [undefined, undefined, undefined]);
});

test("each frame of an enhanced file has its own facts, then those that all share, then the file's", () => {
  const slice = (z: number, echoTime: number): Elements => ({
    "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]],
    "00189114": ["SQ", [{ "00189082": ["FD", doubles(echoTime)] }]],
  });
  const shared: Elements = {
    "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\1\\0"] }]],
    "00289110": ["SQ", [{ "00280030": ["DS", "0.5\\0.5"], "00180050": ["DS", "3"] }]],
    "00189112": ["SQ", [{ "00180080": ["DS", "500"], "00181314": ["DS", "70"] }]],
    "00189115": ["SQ", [{ "00189009": ["CS", "YES"], "00189079": ["FD", doubles(170, 200)] }]],
    "00209071": ["SQ", [{ "00082218": ["SQ", [code("72696002", "SCT")]], "00209072": ["CS", "R"] }]],
    "00189341": ["SQ", [{ "00189342": ["CS", "NO"] }]],
  };
  const enhanced: Elements = {
    "00189008": ["CS", "SPIN"],
    "00189018": ["CS", "YES"],
    "00180087": ["DS", "3"],
    "00280008": ["IS", "2"],
    "52009229": ["SQ", [shared]],
    "52009230": ["SQ", [slice(-4, 30), slice(-1, 60.5)]],
  };
  const both = {
    bodyPart: "KNEE",
    plane: "axial",
    laterality: "R",
    scanningSequence: "SE+IR+EP",
    contrast: "no",
    repetitionTime: 500,
    inversionTime: 170,
    flipAngle: 70,
    fieldStrength: 3,
    sliceThickness: 3,
    rowSpacing: 0.5,
    columnSpacing: 0.5,
  };
  assert.deepEqual(facts(enhanced), { ...both, slicePosition: -4, echoTime: 30 });
  assert.deepEqual(facts(enhanced, 2), { ...both, slicePosition: -1, echoTime: 60.5 });
  assert.throws(() => facts(enhanced, 3), { code: "unsupported-image", message: /frame 3 is asked for, .* has 2/ });
});

test("of a file no more is needed than comes before its pixels", () => {
  const whole = example("ct-chest.dcm");
  const pixels = Buffer.from(whole).indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  assert.deepEqual(readFacts(whole.subarray(0, pixels + 12), { identify }), readFacts(whole, { identify }));
  assert.throws(() => readFacts(whole.subarray(0, pixels - 3), { identify }), { code: "corrupt-image" });
});

test("of a large file the pixels are not read", async () => {
  const path = join(await temporaryFolder(), "large.dcm");
  const whole = example("ct-chest.dcm");
  const pixels = Buffer.from(whole).indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  const header = Buffer.from(whole.subarray(0, pixels + 12));
  const bytes = 3 * 2 ** 30;
  header.writeUInt32LE(bytes, pixels + 8);
  const file = await open(path, "w");
  await file.write(header);
  await file.truncate(header.length + bytes); // a hole, more than fits into memory at once
  await file.close();
  assert.deepEqual(await readFileFacts(path, { identify }), readFacts(whole, { identify }));
});

test("a header that is longer than one read is read on; what is none is told at once", async () => {
  const folder = await temporaryFolder();
  const icon: Elements = { "00091010": ["OB", new Uint8Array(3 * 2 ** 20)] };
  const long = writeDicom({ ...elementsOf(example("mr-head.dcm")), ...icon });
  await writeFile(join(folder, "long.dcm"), long);
  assert.deepEqual(await readFileFacts(join(folder, "long.dcm"), { identify }), MR_HEAD);
  await writeFile(join(folder, "cut.dcm"), long.subarray(0, 2 * 2 ** 20));
  await assert.rejects(readFileFacts(join(folder, "cut.dcm"), { identify }), { code: "corrupt-image" });
  await writeFile(join(folder, "no.txt"), "a text ".repeat(100_000));
  assert.deepEqual(await readFileFacts(join(folder, "no.txt"), { identify }), {});
  await assert.rejects(readFileFacts(folder, { identify }), { code: "not-found" });
  await assert.rejects(readFileFacts(join(folder, "missing.dcm"), { identify }), { code: "not-found" });
});
