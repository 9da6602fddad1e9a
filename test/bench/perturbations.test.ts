import assert from "node:assert/strict";
import { test } from "node:test";
import { changesModality, PERTURBATIONS } from "../../bench/tasks/perturbations.ts";
import { sharp } from "../../src/formats/sharp.ts";

const [WIDTH, HEIGHT] = [40, 20];
const gray = await sharp(Buffer.alloc(WIDTH * HEIGHT, 200), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
  .toColourspace("b-w")
  .png()
  .toBuffer();

async function change(name: keyof typeof PERTURBATIONS) {
  const changed = await PERTURBATIONS[name].change(gray);
  const { data, info } = await sharp(changed).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return { data, info };
}

test("a masked border is black and the size stays", async () => {
  const { data, info } = await change("masked border");
  assert.deepEqual([info.width, info.height, info.channels], [WIDTH, HEIGHT, 1]);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isInner = x >= 4 && x < 36 && y >= 2 && y < 18;
      assert.equal(data[y * WIDTH + x], isInner ? 200 : 0, `${x}, ${y}`);
    }
  }
});

test("inverted polarity turns white into black, in modalities that are shades of gray", async () => {
  const { data } = await change("inverted polarity");
  assert.ok(data.every((value) => value === 55));
  assert.ok(changesModality("inverted polarity", "x-ray"));
  assert.ok(!changesModality("inverted polarity", "histopathology"));
  assert.ok(changesModality("masked border", "histopathology"));
});

test("the low resolution is 64 px as JPEG", async () => {
  const changed = await PERTURBATIONS["64 px, JPEG quality 50"].change(gray);
  const { format, width, height, channels } = await sharp(changed).metadata();
  assert.deepEqual([format, width, height, channels], ["jpeg", 64, 64, 1]);
});
