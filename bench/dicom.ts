/**
 * Times reading and rendering a DICOM file of 2048x2048 pixels of 16 bits, and for compressed ones the codec alone in this
 * thread: prints JSON, milliseconds. The cases take turns, so that a busy moment touches all alike.
 * `node --import ./scripts/tsx.mjs bench/dicom.ts [rounds]`
 */
import { performance } from "node:perf_hooks";
import { runCodec } from "../src/formats/dicom/codecs.ts";
import { compressedFrame } from "../src/formats/dicom/frame-bytes.ts";
import { openDicom } from "../src/formats/dicom/open-dicom.ts";
import { readPixelLayout } from "../src/formats/dicom/pixel-layout.ts";
import { readDicom } from "../src/formats/dicom/read-dicom.ts";
import { renderFrame } from "../src/profiles/renderings/render-frame.ts";
import { encode } from "../test/formats/dicom/encode.ts";
import { writePicture } from "../test/formats/dicom/write-dicom.ts";

const SIDE = 2048;
const SIZE = { columns: SIDE, rows: SIDE };
const rounds = Number(process.argv[2] ?? 5);

/** Smooth shades under some noise, as in a radiograph. */
const values = Uint16Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  return 20_000 + 10_000 * Math.sin(x / 300) * Math.cos(y / 200) + (Math.imul(i, 2_654_435_761) >>> 26);
});
const plain = writePicture([new Uint8Array(values.buffer)], { ...SIZE, isPlain: true });

const cases: { name: string; run: () => unknown; times: number[] }[] = [];
const add = (name: string, run: () => unknown) => cases.push({ name, run, times: [] });
add("uncompressed", () => readAndRender(plain));
for (const encoder of ["jpegLs", "jpeg2000"] as const) {
  const frame = await encode(encoder, { ...SIZE, bitsStored: 16, values });
  const file = writePicture([frame], { ...SIZE, syntax: encoder });
  const opened = openDicom(file);
  const layout = readPixelLayout(opened.attributes);
  const packing = encoder === "jpegLs" ? "jpeg-ls" : "jpeg-2000";
  add(encoder, () => readAndRender(file));
  add(`${encoder}, the codec alone`, () => runCodec(packing, compressedFrame(opened, layout, 0), layout));
}
for (let round = -1; round < rounds; round++) {
  for (const { run, times } of cases) {
    const start = performance.now();
    run();
    if (round >= 0) times.push(performance.now() - start);
  }
}
for (const { name, times } of cases) {
  times.sort((a, b) => a - b);
  const [min, median, max] = [0, Math.floor(times.length / 2), times.length - 1].map((at) =>
    Number(times[at].toFixed(1)),
  );
  console.log(JSON.stringify({ case: name, rounds, minMs: min, medianMs: median, maxMs: max }));
}

function readAndRender(file: Uint8Array): Uint8Array {
  const read = readDicom(file);
  return "modality" in read ? renderFrame(read, "dicom", { window: 1 }).data : (read.data as Uint8Array);
}
