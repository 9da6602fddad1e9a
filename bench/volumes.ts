/**
 * Times reading a packed NIfTI volume of 512x512x300 voxels of 16 bits (`.nii.gz`), the levels that a rendering takes from all of it, and
 * cutting and rendering its slices in each plane, in this thread: prints JSON, milliseconds.
 * `node --import ./scripts/tsx.mjs bench/volumes.ts [rounds]`
 */
import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { readNifti } from "../src/formats/nifti/read-nifti.ts";
import { countSlices, cutSlice } from "../src/formats/volume/cut-slice.ts";
import { cutOf } from "../src/formats/volume/orientation.ts";
import { parseProfile } from "../src/profiles/profiles.ts";
import { renderFrame } from "../src/profiles/renderings/render-frame.ts";
import { volumeLevels } from "../src/profiles/renderings/volume-levels.ts";
import { writeNifti } from "../test/formats/nifti/write-nifti.ts";

const SIDE = 512;
const SLICES = 300;
const rounds = Number(process.argv[2] ?? 3);

const packed = gzipSync(plainFile(), { level: 6 });
console.log(JSON.stringify({ voxels: [SIDE, SIDE, SLICES], packedBytes: packed.length, rounds }));

async function* pieces() {
  for (let at = 0; at < packed.length; at += 2 ** 20) yield packed.subarray(at, at + 2 ** 20);
}
const read = () => readNifti({ size: packed.length, pieces: pieces() });
const volume = await read();
const profile = parseProfile("direct;rendering=percentile");
const levels = volumeLevels(volume, profile);

await time("read", read);
await time("levels of percentiles", () => volumeLevels(volume, profile));
for (const plane of ["axial", "coronal", "sagittal"] as const) {
  const cut = cutOf(volume.affine, plane);
  const count = countSlices(volume, cut);
  await time(
    `${plane}: cut and render a slice`,
    () => {
      for (let i = 0; i < 10; i++) {
        const slice = cutSlice(volume, cut, Math.floor((i * count) / 10));
        renderFrame({ ...slice, levels }, "percentile", { low: 1, high: 99 });
      }
    },
    10,
  );
}

async function time(name: string, run: () => unknown, times = 1): Promise<void> {
  await run();
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run();
    found.push((performance.now() - start) / times);
  }
  found.sort((a, b) => a - b);
  const [minMs, medianMs, maxMs] = [0, rounds >> 1, rounds - 1].map((at) => Number(found[at].toFixed(1)));
  console.log(JSON.stringify({ case: name, minMs, medianMs, maxMs }));
}

/** Air around tissue with noise, in Hounsfield units; little endian. */
function plainFile(): Uint8Array {
  const sform = [
    [0.7, 0, 0, 0],
    [0, 0.7, 0, 0],
    [0, 0, 1, 0],
  ];
  const header = writeNifti([], { dims: [SIDE, SIDE, SLICES], sform });
  const voxels = new Int16Array(SIDE * SIDE * SLICES);
  for (let at = 0; at < voxels.length; at++) {
    const [x, y] = [(at % SIDE) / SIDE - 0.5, (Math.floor(at / SIDE) % SIDE) / SIDE - 0.5];
    const isAir = x * x + y * y > 0.16;
    voxels[at] = isAir ? -1000 : 40 + 30 * Math.sin(20 * x) + (Math.imul(at, 2_654_435_761) >>> 27);
  }
  return Buffer.concat([header, new Uint8Array(voxels.buffer)]);
}
