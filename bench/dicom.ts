/**
 * Times reading and rendering a DICOM file of 2048x2048 pixels of 16 bits, for compressed ones the codec alone in this
 * thread, and reading the facts of headers: prints JSON, milliseconds. The cases take turns, so that a busy moment touches all alike.
 * `node --import ./scripts/tsx.mjs bench/dicom.ts [rounds]`
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { runCodec } from "../src/formats/dicom/codecs.ts";
import { compressedFrame } from "../src/formats/dicom/frame-bytes.ts";
import { openDicom } from "../src/formats/dicom/open-dicom.ts";
import { readPixelLayout } from "../src/formats/dicom/pixel-layout.ts";
import { readDicom } from "../src/formats/dicom/read-dicom.ts";
import { keyedHash, newIdentityKey } from "../src/formats/identity-key.ts";
import { readFacts } from "../src/formats/read-facts.ts";
import { renderFrame } from "../src/profiles/renderings/render-frame.ts";
import { encode } from "../test/formats/dicom/encode.ts";
import { type Elements, writePicture } from "../test/formats/dicom/write-dicom.ts";

const SIDE = 2048;
const SIZE = { columns: SIDE, rows: SIDE };
const FRAMES = 1_000;
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
const identify = keyedHash(newIdentityKey());
const chest = new Uint8Array(readFileSync(new URL("../examples/dicom/ct-chest.dcm", import.meta.url)));
const enhanced = writePicture([new Uint8Array(16)], { isPlain: true, more: enhancedHeader() });
add("facts of ct-chest.dcm", () => readFacts(chest, { identify }));
add(`facts of one of ${FRAMES} frames`, () => readFacts(enhanced, { identify, frame: FRAMES }));
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
    Number(times[at].toFixed(2)),
  );
  console.log(JSON.stringify({ case: name, rounds, minMs: min, medianMs: median, maxMs: max }));
}

function readAndRender(file: Uint8Array): Uint8Array {
  const read = readDicom(file);
  return "modality" in read ? renderFrame(read, "dicom", { window: 1 }).data : (read.data as Uint8Array);
}

function enhancedHeader(): Elements {
  const frames = Array.from(
    { length: FRAMES },
    (_, z): Elements => ({
      "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]],
      "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\1\\0"] }]],
      "00289110": ["SQ", [{ "00280030": ["DS", "0.5\\0.5"] }]],
    }),
  );
  return { "00280008": ["IS", String(FRAMES)], "52009230": ["SQ", frames] };
}
