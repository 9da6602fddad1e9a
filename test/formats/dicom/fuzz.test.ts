import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { seededRandom } from "../../../bench/tasks/random.ts";
import { MedembedError } from "../../../src/errors.ts";
import { readDicom } from "../../../src/formats/dicom/read-dicom.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import { encode } from "./encode.ts";
import { writePicture } from "./write-dicom.ts";

/** More of them: DICOM_FUZZ_CASES=100000 node scripts/test.mjs test/formats/dicom/fuzz.test.ts */
const CASES = Number(process.env.DICOM_FUZZ_CASES ?? 4_000);
/** What any file may take is 2 s; twice that, since the tests of a busy machine run side by side. */
const MAX_MS = 4_000;
const MAX_RESIDENT_BYTES = 2 * 2 ** 30;
const REAL_FILES = "/usr/lib/python3/dist-packages/pydicom/data/test_files";
const MAX_REAL_BYTES = 50_000;

test("a damaged DICOM file gives a picture or a MedembedError in time, whatever was damaged", async () => {
  const originals = [...(await syntheticFiles()), ...realFiles()];
  const random = seededRandom(20_261_122);
  for (let i = 0; i < CASES; i++) {
    const seed = Math.floor(random() * 2 ** 32);
    const bytes = damage(originals[i % originals.length]!, seededRandom(seed));
    const started = performance.now();
    try {
      const read = readDicom(bytes);
      const image = "modality" in read ? renderFrame(read, "percentile", { low: 1, high: 99 }) : read;
      assert.equal(image.data.length, image.width * image.height * image.channels);
    } catch (error) {
      if (!(error instanceof MedembedError))
        throw new Error(`file ${i % originals.length}, seed ${seed}`, { cause: error });
    }
    const took = performance.now() - started;
    assert.ok(took < MAX_MS, `file ${i % originals.length}, seed ${seed} took ${took} ms`);
  }
  assert.ok(process.memoryUsage.rss() < MAX_RESIDENT_BYTES);
});

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
  const bytes = values.map((value) => value & 255);
  const jpeg = await encode("jpeg", { ...size, bitsStored: 8, values: bytes });
  files.push(writePicture([jpeg], { ...size, syntax: "jpeg", bitsAllocated: 8 }));
  return files;
}

function realFiles(): Uint8Array[] {
  if (!existsSync(REAL_FILES)) return [];
  return readdirSync(REAL_FILES)
    .filter((name) => name.endsWith(".dcm"))
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(REAL_FILES, name))))
    .filter(({ length }) => length <= MAX_REAL_BYTES);
}

/** Flipped bits, bytes that lie at borders, forged lengths, parts cut off, repeated or moved; half of it behind the preamble's end. */
function damage(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = original.slice();
  const below = (limit: number) => Math.floor(random() * limit);
  for (let count = 1 + below(5); count > 0; count--) {
    const at = 132 + below(Math.max(1, (random() < 0.5 ? Math.min(700, bytes.length) : bytes.length) - 132));
    const kind = below(6);
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
    if (bytes.length < 140) break;
  }
  return bytes;
}
