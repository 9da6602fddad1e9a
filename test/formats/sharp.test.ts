import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { readImage } from "../../src/formats/read-image.ts";
import { sharp } from "../../src/formats/sharp.ts";
import { goldenImages } from "../golden-small.ts";

const SHARP = new URL("../../src/formats/sharp.ts", import.meta.url).href;
const TYPESCRIPT = new URL("../../scripts/tsx.mjs", import.meta.url).href;

test("threads that start leave those alone that read pictures", async () => {
  let areStarting = true;
  const starting = (async () => {
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(
        // Many times: the moment that matters is short.
        `import(${JSON.stringify(TYPESCRIPT)}).then(async () => { for (let i = 0; i < 100; i++) await import(${JSON.stringify(SHARP)} + "?" + i); })`,
        { eval: true },
      );
      await once(worker, "exit");
    }
    areStarting = false;
  })();
  while (areStarting) await Promise.all(goldenImages.slice(0, 2).map((bytes) => readImage(bytes)));
  await starting;
});

/** What this build of libvips can read at all: a new format must be looked at, and blocked in sharp.ts. */
const KNOWN = ["gif", "heif", "jpeg", "png", "raw", "svg", "tiff", "vips", "webp"];

test("nothing but the four formats is opened, and nothing by its path", async () => {
  const readable = Object.entries(sharp.format).filter(([, { input }]) => input.file || input.buffer || input.stream);
  assert.deepEqual(readable.map(([name]) => name).sort(), KNOWN);
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } });
  for (const format of ["png", "jpeg", "webp", "tiff"] as const) {
    const bytes = await image.clone()[format]().toBuffer();
    assert.equal((await sharp(bytes).metadata()).format, format);
  }
  const others = [
    await image.clone().gif().toBuffer(),
    await image.clone().avif().toBuffer(),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>'),
  ];
  for (const bytes of others) await assert.rejects(sharp(bytes).metadata(), /unsupported image format/);
  const path = fileURLToPath(new URL("../../examples/images/ct-head.png", import.meta.url));
  await assert.rejects(sharp(path).metadata());
});
