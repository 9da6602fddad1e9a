import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { seededRandom } from "../../../src/applications/random.ts";
import { MedembedError } from "../../../src/errors.ts";
import { readDicom } from "../../../src/formats/dicom/read-dicom.ts";
import { keyedHash } from "../../../src/formats/identity-key.ts";
import { readFacts } from "../../../src/formats/read-facts.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import { assertClosed } from "./closed-facts.ts";
import { encode } from "./encode.ts";
import { type Elements, writeDicom, writePicture } from "./write-dicom.ts";

/** More of them: DICOM_FUZZ_CASES=100000 node scripts/test.mjs test/formats/dicom/fuzz.test.ts */
const CASES = Number(process.env.DICOM_FUZZ_CASES ?? 2_000);
/** What any file may take of the processor; and by the clock, of which a busy machine gives a small share. */
const MAX_CPU_MS = 2_000;
const MAX_MS = 120_000;
const MAX_RESIDENT_BYTES = 2 * 2 ** 30;
const EXAMPLES = join(import.meta.dirname, "../../../examples/dicom");
const REAL_FILES = "/usr/lib/python3/dist-packages/pydicom/data/test_files";
const MAX_REAL_BYTES = 50_000;

const identify = keyedHash(new Uint8Array(32));

test("a damaged DICOM file gives a picture and facts, or a MedembedError, in time, whatever was damaged", async () => {
  const originals = [...(await syntheticFiles()), ...realFiles()];
  const random = seededRandom(20_261_122);
  for (let i = 0; i < CASES; i++) {
    const seed = Math.floor(random() * 2 ** 32);
    const bytes = damage(originals[i % originals.length]!, seededRandom(seed));
    const name = `file ${i % originals.length}, seed ${seed}`;
    refusal(name, () => assertPicture(readDicom(bytes)));
    refusal(name, () => assertClosed(readFacts(bytes, { identify })));
  }
  assert.ok(process.memoryUsage.rss() < MAX_RESIDENT_BYTES);
});

/** What asks for more than it brings. Undefined: it is read, since the hostile part is nothing that is looked at. */
const HOSTILE: Readonly<Record<string, () => Promise<[file: Uint8Array, picture: string, facts: string | undefined]>>> =
  {
    "a million sequences in each other": async () => [
      Buffer.concat([beginning("explicit"), openSequences(false, 1_000_000)]),
      "corrupt-image",
      "corrupt-image",
    ],
    "the same without value representations": async () => [
      Buffer.concat([beginning("implicit"), openSequences(true, 1_000_000)]),
      "corrupt-image",
      "corrupt-image",
    ],
    "a few hundred in each other, all closed": async () => [
      writeDicom({ "00081140": ["SQ", [nested(300)]] }),
      "unsupported-image",
      undefined,
    ],
    "two million attributes": async () => [
      Buffer.concat([beginning("implicit"), emptyAttributes(2_000_000)]),
      "corrupt-image",
      "corrupt-image",
    ],
    "a million items": async () => [
      Buffer.concat([
        beginning("implicit"),
        Buffer.from("08004011ffffffff", "hex"),
        Buffer.alloc(8_000_000, "\u00fe\u00ff\0\u00e0\0\0\0\0", "latin1"),
      ]),
      "corrupt-image",
      "corrupt-image",
    ],
    "300 MiB of zeros, deflated": async () => [
      Buffer.concat([beginning("deflated"), deflateRawSync(Buffer.alloc(300 * 2 ** 20), { level: 1 })]),
      "image-too-large",
      "image-too-large",
    ],
    "a text of 50 MB": async () => [
      writeDicom({ "00080060": ["UT", "A".repeat(50_000_000)] }),
      "unsupported-image",
      undefined,
    ],
    "an attribute of 4 GB": async () => [
      Buffer.concat([beginning("explicit"), Buffer.from("0800600055540000feffffff4142", "hex")]),
      "corrupt-image",
      "corrupt-image",
    ],
    "65535 x 65535 pixels": async () => [
      writePicture([1, 2, 3, 4], { columns: 65_535, rows: 65_535 }),
      "image-too-large",
      undefined,
    ],
    "8000 x 8000 pixels in 64 bytes of RLE": async () => [
      writePicture([new Uint8Array(64)], { columns: 8_000, rows: 8_000, syntax: "rle" }),
      "corrupt-image",
      undefined,
    ],
    ...Object.fromEntries(
      (["jpegLossless", "jpegLs", "jpeg2000", "htj2k"] as const).map((encoder) => [
        `8000 x 8000 pixels in a small frame of ${encoder}`,
        async () => {
          const frame = await encode(encoder, {
            columns: 4,
            rows: 2,
            bitsStored: 12,
            values: [1, 2, 3, 4, 5, 6, 7, 8],
          });
          const file = writePicture([frame], { syntax: encoder, bitsStored: 12 });
          forgeSize(file, 8_000);
          return [file, "corrupt-image", undefined];
        },
      ]),
    ),
  };

for (const [what, make] of Object.entries(HOSTILE)) {
  test(`${what}: refused in time, and its facts as well where its header is hostile`, async () => {
    const [file, picture, facts] = await make();
    assert.equal(
      refusal("picture", () => assertPicture(readDicom(file))),
      picture,
    );
    assert.equal(
      refusal("facts", () => assertClosed(readFacts(file, { identify }))),
      facts,
    );
    assert.ok(process.memoryUsage.rss() < MAX_RESIDENT_BYTES);
  });
}

/** What a file is refused with, if it is, and that in time. */
function refusal(name: string, read: () => void): string | undefined {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof MedembedError)) throw new Error(name, { cause: error });
    return error.code;
  } finally {
    const took = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    assert.ok(
      took < MAX_MS && (user + system) / 1000 < MAX_CPU_MS,
      `${name} took ${took} ms, ${user + system} µs of processor`,
    );
  }
}

function assertPicture(read: ReturnType<typeof readDicom>): void {
  const image = "modality" in read ? renderFrame(read, "percentile", { low: 1, high: 99 }) : read;
  assert.equal(image.data.length, image.width * image.height * image.channels);
}

/** Nothing but file meta information, in front of what is hostile. */
function beginning(syntax: "explicit" | "implicit" | "deflated"): Uint8Array {
  const empty = writeDicom({}, { syntax });
  return syntax === "deflated" ? empty.subarray(0, -2) : empty; // two bytes are deflate's word for nothing
}

function nested(depth: number): Elements {
  return depth === 0 ? {} : { "00081140": ["SQ", [nested(depth - 1)]] };
}

function emptyAttributes(count: number): Buffer {
  const attributes = Buffer.alloc(8 * count);
  for (let i = 0; i < count; i++) {
    attributes.writeUInt16LE(0x0009 + 2 * (i >> 15), 8 * i);
    attributes.writeUInt16LE(i & 0x7fff, 8 * i + 2);
  }
  return attributes;
}

async function syntheticFiles(): Promise<Uint8Array[]> {
  const size = { columns: 32, rows: 24 };
  const values = Array.from({ length: 32 * 24 }, (_, i) => (i * i) % 4096);
  const files = (["implicit", "explicit", "bigEndian", "deflated"] as const).map((syntax) =>
    writePicture(values, {
      ...size,
      syntax,
      bitsStored: 12,
      more: { "00281050": ["DS", "40"], "00281051": ["DS", "80"] },
    }),
  );
  for (const encoder of ["jpegLossless", "jpegLs", "jpeg2000", "htj2k", "rle"] as const) {
    const frame = await encode(encoder, { ...size, bitsStored: 12, values });
    files.push(writePicture([frame], { ...size, syntax: encoder, bitsStored: 12 }));
  }
  files.push(writePicture(values, { ...size, bitsStored: 12, more: functionalGroups() }));
  const bytes = values.map((value) => value & 255);
  const jpeg = await encode("jpeg", { ...size, bitsStored: 8, values: bytes });
  files.push(writePicture([jpeg], { ...size, syntax: "jpeg", bitsAllocated: 8 }));
  return files;
}

function functionalGroups(): Elements {
  const code: Elements = { "00080100": ["SH", "12738006"], "00080102": ["SH", "SCT"], "00080104": ["LO", "Brain"] };
  const group: Elements = {
    "00189112": ["SQ", [{ "00180080": ["DS", "2300"], "00181314": ["DS", "90"] }]],
    "00209071": ["SQ", [{ "00082218": ["SQ", [code]], "00209072": ["CS", "U"] }]],
    "00209113": ["SQ", [{ "00200032": ["DS", "-110.5\\-88.7\\3.5"] }]],
    "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\0.99096\\0.134158"] }]],
    "00289110": ["SQ", [{ "00280030": ["DS", "0.859375\\0.859375"], "00180050": ["DS", "5"] }]],
    "00289145": ["SQ", [{ "00281052": ["DS", "-1024"], "00281053": ["DS", "1"] }]],
  };
  return { "00101010": ["AS", "028Y"], "52009229": ["SQ", [group]], "52009230": ["SQ", [group]] };
}

function realFiles(): Uint8Array[] {
  return [EXAMPLES, REAL_FILES].flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.endsWith(".dcm"))
      .sort()
      .map((name) => new Uint8Array(readFileSync(join(folder, name))))
      .filter(({ length }) => length <= MAX_REAL_BYTES),
  );
}

/**
 * Flipped bits, bytes that lie at borders, forged lengths and sizes, parts cut off, repeated or moved, sequences in sequences; half of it
 * behind the preamble's end.
 */
function damage(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = original.slice();
  const below = (limit: number) => Math.floor(random() * limit);
  for (let count = 1 + below(5); count > 0; count--) {
    const at = 132 + below(Math.max(1, (random() < 0.5 ? Math.min(700, bytes.length) : bytes.length) - 132));
    const kind = below(8);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    if (kind === 1) bytes[at] = [0, 1, 127, 128, 254, 255][below(6)]!;
    if (kind === 2)
      bytes.set(
        [
          [255, 255, 255, 255],
          [0, 0, 0, 128],
          [255, 255, 0, 0],
          [0, 0, 0, 0],
        ][below(4)]!,
        Math.min(at, bytes.length - 4),
      );
    if (kind === 3 && random() < 0.3) bytes = bytes.slice(0, at);
    if (kind === 4) bytes.copyWithin(at, below(bytes.length), below(bytes.length));
    if (kind === 5) {
      const part = bytes.slice(at, at + below(64));
      bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]));
    }
    if (kind === 6) {
      const nested = openSequences(random() < 0.5, 1 + below(random() < 0.1 ? 20_000 : 20));
      bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), nested, bytes.subarray(at)]));
    }
    if (kind === 7) forgeSize(bytes, [1, 255, 8_191, 65_535][below(4)]!);
    if (bytes.length < 140) break;
  }
  return bytes;
}

/** Sequences of undefined length, each in the first item of the one before. */
function openSequences(isImplicit: boolean, depth: number): Buffer {
  const opened = isImplicit ? "08004011fffffffffeff00e0ffffffff" : "0800401153510000fffffffffeff00e0ffffffff";
  return Buffer.from(opened.repeat(depth), "hex");
}

/** Writes a number of rows or columns into the attributes, and into the header of a JPEG, JPEG-LS or JPEG 2000 frame. */
function forgeSize(bytes: Uint8Array, side: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const tag of ["28001000", "28001100"]) {
    const at = buffer.indexOf(Buffer.from(tag, "hex"));
    if (at >= 0 && at + 10 <= buffer.length) buffer.writeUInt16LE(side, at + 8);
  }
  for (const [marker, offset] of [
    ["ffc0", 5],
    ["ffc1", 5],
    ["ffc3", 5],
    ["fff7", 5],
    ["ff51", 8],
  ] as const) {
    const at = buffer.indexOf(Buffer.from(marker, "hex"), buffer.length >> 2);
    if (at >= 0 && at + offset + 4 <= buffer.length) buffer.writeUInt16BE(side, at + offset);
  }
}
