import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readImage } from "../../src/formats/index.ts";
import { resizeImage } from "../../src/profiles/resize.ts";

const FILES = new URL("../files/images/", import.meta.url);
const RESIZED = /^(.+)\.resized-(\d+)x(\d+)\.png$/;

for (const file of readdirSync(FILES)) {
  const [, name, width, height] = RESIZED.exec(file) ?? [];
  if (!name) continue;
  test(`${name} resized to ${width}x${height} has Pillow's pixels`, async () => {
    const source = await readImage(readFileSync(new URL(`${name}.png`, FILES)));
    const expected = await readImage(readFileSync(new URL(file, FILES)));
    const resized = resizeImage(source, { width: Number(width), height: Number(height) });
    assert.deepEqual(resized, { ...expected, isIndexed: source.isIndexed });
  });
}
