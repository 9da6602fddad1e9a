import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { keyedHash } from "../../../src/formats/identity-key.ts";
import { readFacts } from "../../../src/formats/read-facts.ts";
import { medembed, parseLines } from "../../cli/run.ts";
import { temporaryFolder } from "../../golden-small.ts";
import { assertClosed } from "./closed-facts.ts";
import { elementsOf, withElements } from "./edit-dicom.ts";
import { type Elements, writeDicom } from "./write-dicom.ts";

const REAL = ["ct-chest.dcm", "mr-head.dcm"].map(
  (name) => new Uint8Array(readFileSync(new URL(`../../../examples/dicom/${name}`, import.meta.url))),
);
const identify = keyedHash(new TextEncoder().encode("a key of the test"));

/** What nobody but a hospital knows; in each place a different one, by the number at its end. */
const NAME = "Quillfeather^Ottoline";
const BIRTH = "19370526";
const ROOT = "1.2.826.0.1.3680043.8.498";

/** Text value representations, and what an identity looks like in each. */
const IDENTITIES: Readonly<Record<string, (n: number) => string>> = {
  AE: (n) => `QUILLFEATHER${n}`,
  AS: () => "086Y",
  CS: (n) => `QUILLFEATHER${n}`,
  DA: () => BIRTH,
  DS: () => BIRTH,
  DT: () => `${BIRTH}031415`,
  IS: () => BIRTH,
  LO: (n) => `${NAME} ${n}`,
  LT: (n) => `${NAME} ${n}, born ${BIRTH}`,
  PN: (n) => `${NAME}^${n}`,
  SH: (n) => `Quillfeather ${n}`,
  ST: (n) => `${NAME} ${n}`,
  TM: () => "031415.926535",
  UI: (n) => `${ROOT}.${n}`,
  UT: (n) => `${NAME} ${n}`,
};

/** PS3.15 annex E: of what its table takes out, one of each kind and place. */
const STANDARD: Readonly<Record<string, string>> = {
  "00080018": "UI", // SOP Instance UID
  "00080020": "DA", // Study Date
  "00080030": "TM",
  "00080050": "SH", // Accession Number
  "00080080": "LO", // Institution Name
  "00080081": "ST", // Institution Address
  "00080090": "PN", // Referring Physician
  "00081010": "SH", // Station Name
  "00081030": "LO", // Study Description
  "0008103e": "LO", // Series Description
  "00081048": "PN", // Physicians of Record
  "00081070": "PN", // Operators
  "00081090": "LO", // Model
  "00082111": "ST", // Derivation Description
  "00084000": "LT", // Identifying Comments
  "00100010": "PN", // Patient's Name
  "00100020": "LO", // Patient ID
  "00100021": "LO", // Issuer of Patient ID
  "00100032": "TM", // Birth Time
  "00101000": "LO", // Other Patient IDs
  "00101001": "PN", // Other Names
  "00101005": "PN", // Birth Name
  "00101040": "LO", // Address
  "00102154": "SH", // Telephone
  "001021b0": "LT", // History
  "00104000": "LT", // Comments
  "00180010": "LO", // Contrast/Bolus Agent
  "00181000": "LO", // Device Serial Number
  "00181030": "LO", // Protocol Name
  "0020000d": "UI", // Study Instance UID
  "0020000e": "UI", // Series Instance UID
  "00200010": "SH", // Study ID
  "00200052": "UI", // Frame of Reference UID
  "00204000": "LT", // Image Comments
  "00321032": "PN", // Requesting Physician
  "00380300": "LO", // Current Patient Location
  "00400254": "LO", // Performed Procedure Step Description
  "0040a123": "PN", // Person Name
  "40000010": "LT", // Arbitrary
};

let planted = 0;

function identity(vr: string): readonly [string, string] {
  return [vr, IDENTITIES[vr]!(++planted)];
}

function identities(vrs: Readonly<Record<string, string>>): Elements {
  return Object.fromEntries(Object.entries(vrs).map(([tag, vr]) => [tag, identity(vr)]));
}

/** In groups of odd number, where devices keep whole headers of their own. */
function privateIdentities(): Elements {
  const raw = new TextEncoder().encode(`${NAME} in bytes, born ${BIRTH} `);
  return {
    "00090010": ["LO", "ACME 1.1"],
    ...identities({ "00091001": "PN", "00091002": "LO", "00091003": "UT" }),
    "00291010": ["OB", raw],
    "00291020": ["UN", raw],
    "00291030": [
      "SQ",
      [identities({ "00100010": "PN", "00291001": "LO" }), { "00291040": ["SQ", [identities(STANDARD)]] }],
    ],
  };
}

/** In items of items, also of those that facts are read from. */
function nestedIdentities(): Elements {
  const deep: Elements = { ...identities(STANDARD), ...privateIdentities() };
  const region: Elements = {
    "00080100": ["SH", "51185008"],
    "00080102": ["SH", "SCT"],
    ...identities({ "00080104": "LO", "0008010b": "CS", "00080118": "UI" }),
    ...privateIdentities(),
  };
  const group: Elements = {
    "00209071": ["SQ", [{ ...deep, "00082218": ["SQ", [region]], "00209072": ["CS", "R"] }]],
    "00289110": ["SQ", [{ ...deep, "00280030": ["DS", "0.5\\0.5"] }]],
  };
  return {
    "00081140": ["SQ", [deep, identities({ "00081150": "UI", "00081155": "UI" })]],
    "00082218": ["SQ", [region]],
    "00101002": ["SQ", [identities({ "00100020": "LO", "00100022": "CS" }), deep]],
    "00400275": ["SQ", [{ ...deep, "00400008": ["SQ", [deep]] }]],
    "52009229": ["SQ", [group]],
    "52009230": ["SQ", [group]],
  };
}

/** Every attribute of a text kind that a real file has, also those that facts are read from. */
function everyText(file: Uint8Array): Elements {
  const texts = Object.entries(elementsOf(file)).filter(([, [vr]]) => vr in IDENTITIES);
  return Object.fromEntries(texts.map(([tag, [vr]]) => [tag, identity(vr)]));
}

/** Nothing of an identity, in whatever case, nor in hex or base64. */
function assertNothingOf(output: string): void {
  const words = ["Quillfeather", "Ottoline", BIRTH.slice(0, 4), "031415", ROOT];
  const codes = words.flatMap((word) => [
    word,
    Buffer.from(word).toString("hex"),
    Buffer.from(word).toString("base64").replace(/.==?$/, ""),
  ]);
  const hashless = output.toLowerCase().replace(/"[0-9a-f]{32}"/g, '""');
  for (const code of codes) assert.ok(!hashless.includes(code.toLowerCase()), `${code} in ${output}`);
}

const FILES: Readonly<Record<string, readonly Uint8Array[]>> = {
  "standard attributes": REAL.map((file) => withElements(file, identities(STANDARD))),
  "private attributes": REAL.map((file) => withElements(file, privateIdentities())),
  "items of sequences": REAL.map((file) => withElements(file, nestedIdentities())),
  "every attribute that holds a text": REAL.map((file) => withElements(file, everyText(file))),
  "all of them, in implicit little endian": REAL.map((file) =>
    writeDicom(
      {
        ...elementsOf(file),
        ...everyText(file),
        ...identities(STANDARD),
        ...privateIdentities(),
        ...nestedIdentities(),
      },
      { syntax: "implicit" },
    ),
  ),
};

for (const [place, files] of Object.entries(FILES)) {
  test(`no identity in ${place} comes into the facts`, () => {
    for (const file of files) {
      assert.ok(Buffer.from(file).includes("Quillfeather") || Buffer.from(file).includes("QUILLFEATHER"));
      const facts = readFacts(file, { identify });
      assertNothingOf(JSON.stringify(facts));
      assertClosed(facts);
    }
  });
}

test("what identifies nobody is read from among the identities", () => {
  const [, mr] = REAL;
  const { patient, study, series, instance, ...facts } = readFacts(
    withElements(mr, { ...identities(STANDARD), ...privateIdentities(), ...nestedIdentities() }),
    { identify },
  );
  assert.deepEqual(facts, {
    modality: "MR",
    bodyPart: "CHEST",
    plane: "axial",
    laterality: "R",
    scanningSequence: "SE",
    contrast: "yes",
    manufacturer: "Toshiba",
    sex: "F",
    repetitionTime: 4000,
    echoTime: 240,
    flipAngle: 90,
    rowSpacing: 0.5,
    columnSpacing: 0.5,
    slicePosition: 6.6406,
  });
  assert.equal(new Set([patient, study, series, instance]).size, 4);
});

test("identities are there for whoever asks for them", () => {
  const file = withElements(REAL[0], { "00100020": ["LO", "4711-Q"], "0020000d": ["UI", `${ROOT}.1`] });
  const { patient, study } = readFacts(file, { identify: (_name, id) => id });
  assert.deepEqual([patient, study], ["4711-Q", `${ROOT}.1`]);
});

test("the command line shows none of it either, in results or messages", async () => {
  const folder = await temporaryFolder();
  const files = Object.values(FILES).flat();
  await Promise.all(files.map((file, i) => writeFile(join(folder, `${i}.dcm`), file)));
  const broken = files[0].subarray(0, 3_000);
  await writeFile(join(folder, "broken.dcm"), broken);
  const { code, stdout, stderr } = await medembed(["facts", "."], { cwd: folder });
  assert.equal(code, 1);
  assert.match(stderr, /^failed: broken\.dcm: the DICOM attributes break off/m);
  assert.equal(parseLines(stdout).length, files.length);
  assertNothingOf(stdout.replace(/"id":"\d+\.dcm"/g, ""));
  assertNothingOf(stderr.replace(/, [\d.]+ s\n/, ""));
});
