import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readImage } from "../../src/formats/index.ts";
import type { Image } from "../../src/image.ts";
import { preparePixels } from "../../src/profiles/prepare-pixels.ts";

const GOLDEN = new URL("../files/golden-small/", import.meta.url);
const FILES = new URL("../files/images/", import.meta.url);
const SIZE = { width: 160, height: 160 };

const read = (name: string, folder = GOLDEN) => readImage(readFileSync(new URL(name, folder)));
const names = readdirSync(GOLDEN).flatMap((file) => /^(img\d_[^.]+)\.png$/.exec(file)?.[1] ?? []);

for (const name of names) {
  test(`direct: ${name} has the pixels of the reference`, async () => {
    const pixels = await preparePixels(await read(`${name}.png`), { name: "direct" }, SIZE);
    assert.deepEqual(pixels.data, (await read(`${name}.resized160.png`)).data);
  });

  test(`mi2-service: ${name} has the pixels of the reference, JPEG round trip included`, async () => {
    const pixels = await preparePixels(await read(`${name}.png`), { name: "mi2-service" }, SIZE);
    assert.deepEqual(pixels.data, (await read(`${name}.service.resized160.png`)).data);
  });
}

for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".service512.q75.jpg"))) {
  test(`mi2-service: at its own size it gives what ${file} decodes to`, async () => {
    const image = await read(file.replace(".service512.q75.jpg", ".png"));
    const pixels = await preparePixels(image, { name: "mi2-service" }, { width: 512, height: 512 });
    assert.deepEqual(pixels.data, (await read(file)).data);
  });
}

const gray16: Image = {
  width: 4,
  height: 1,
  channels: 1,
  depth: 16,
  isIndexed: false,
  data: Uint16Array.of(0, 128, 129, 65535),
};

test("direct scales 16-bit gray from its full range, rounded", async () => {
  const pixels = await preparePixels(gray16, { name: "direct" }, { width: 4, height: 1 });
  assert.deepEqual([...pixels.data], [0, 0, 0, 0, 0, 0, 1, 1, 1, 255, 255, 255]);
});

test("mi2-service turns 16-bit gray white above 255, as the service does", async () => {
  const image: Image = { ...gray16, width: 2, height: 2, data: new Uint16Array(4).fill(300) };
  const pixels = await preparePixels(image, { name: "mi2-service" }, { width: 3, height: 3 });
  assert.deepEqual([...pixels.data], Array(27).fill(255));
});

test("direct looks the palette up and drops alpha before it resizes", async () => {
  for (const name of ["palette.png", "rgba.png"]) {
    const image = await read(name, FILES);
    assert.equal(image.depth, 8);
    const data = image.data.filter((_, at) => image.channels === 3 || at % 4 !== 3) as Uint8Array;
    const plain: Image = { ...image, depth: 8, channels: 3, isIndexed: false, data };
    const [pixels, expected] = [image, plain].map((each) => preparePixels(each, { name: "direct" }, SIZE));
    assert.deepEqual(await pixels, await expected);
  }
});

test("options change the result", async () => {
  const image = await read("rgb.png", FILES);
  const usual = await preparePixels(image, { name: "mi2-service" }, SIZE);
  const finer = await preparePixels(image, { name: "mi2-service", jpegQuality: 95 }, SIZE);
  const smaller = await preparePixels(image, { name: "mi2-service", standardSize: 64 }, SIZE);
  assert.notDeepEqual(finer.data, usual.data);
  assert.notDeepEqual(smaller.data, usual.data);
});

test("the pixels can be transferred away without touching the image", async () => {
  const image = await read("rgb.png", FILES);
  const before = image.data.slice();
  const { data } = await preparePixels(image, { name: "direct" }, { width: image.width, height: image.height });
  structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  assert.equal(data.length, 0);
  assert.deepEqual(image.data, before);
});
