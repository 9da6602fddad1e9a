import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { seededRandom } from "../../../src/applications/random.ts";
import { countSlices, cutSlice } from "../../../src/formats/volume/cut-slice.ts";
import { cutOf } from "../../../src/formats/volume/orientation.ts";
import { parseProfile } from "../../../src/profiles/profiles.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import { volumeLevels } from "../../../src/profiles/renderings/volume-levels.ts";
import { damage } from "../damage.ts";
import { refusal } from "../refusal.ts";
import { readNiftiBytes } from "./nifti-bytes.ts";
import { DATATYPE, writeNifti } from "./write-nifti.ts";

/** More of them: NIFTI_FUZZ_CASES=100000 node scripts/test.mjs test/formats/nifti/fuzz.test.ts */
const CASES = Number(process.env.NIFTI_FUZZ_CASES ?? 2_000);
const MAX_RESIDENT_BYTES = 2 * 2 ** 30;

test("a damaged NIfTI file gives a volume or a MedembedError in time, whatever was damaged", async () => {
  const originals = files();
  const random = seededRandom(20_261_123);
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < CASES; i++) {
    const seed = Math.floor(random() * 2 ** 32);
    const original = originals[i % originals.length]!;
    const damaged = damage(original, seededRandom(seed), 0);
    // Of a packed file, what is in it: damaged packing seldom gets further than its checks.
    const bytes = i % 3 === 0 ? new Uint8Array(gzipSync(damaged, { level: 1 })) : damaged;
    const code = await refusal(`file ${i % originals.length}, seed ${seed}`, async () => {
      const volume = await readNiftiBytes(bytes);
      const cut = cutOf(volume.affine, "acquired");
      const levels = volumeLevels(volume, parseProfile("direct;rendering=percentile"));
      const middle = { ...cutSlice(volume, cut, countSlices(volume, cut) >> 1), levels };
      const image = renderFrame(middle, "percentile", { low: 1, high: 99 });
      assert.equal(image.data.length, image.width * image.height);
    });
    outcomes[code === undefined ? "read" : "refused"]++;
  }
  assert.ok(process.memoryUsage.rss() < MAX_RESIDENT_BYTES);
  assert.ok(outcomes.read > 0 && outcomes.refused > 0, JSON.stringify(outcomes));
});

/** One of each datatype, version and order of bytes, plain and packed, and real ones. */
function files(): Uint8Array[] {
  const values = Array.from({ length: 60 }, (_, i) => (i * i) % 100);
  const sform = [
    [-2, 0, 0.1, 5],
    [0, 2, 0, 6],
    [0.1, 0, 3, 7],
  ];
  const made = Object.keys(DATATYPE).flatMap((kind, i) => {
    const options = { kind: kind as keyof typeof DATATYPE, dims: [5, 4, 3], sform, scale: [1.5, -2] as const };
    return [1, 2].map((version) =>
      writeNifti(values, { ...options, version: version as 1 | 2, isBigEndian: i % 2 === 1, isPacked: i % 3 === 2 }),
    );
  });
  const real = ["anatomical.nii", "example_nifti2.nii.gz", "resampled_anat_moved.nii"].map(
    (name) => new Uint8Array(readFileSync(new URL(`../../files/nifti/${name}`, import.meta.url))),
  );
  return [...made, ...real, new Uint8Array(gunzipSync(real[1]!))];
}
