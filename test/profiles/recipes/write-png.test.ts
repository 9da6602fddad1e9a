import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readImage } from "../../../src/formats/index.ts";
import { writePng } from "../../../src/profiles/recipes/write-png.ts";

test("what is written is read back, with every number of channels", async () => {
  const side = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(side, side, fc.constantFrom(1, 2, 3, 4), fc.integer(), async (width, height, channels, seed) => {
      const data = Uint8Array.from(
        { length: width * height * channels },
        (_, i) => (Math.imul(i + 1, seed | 1) >> 7) & 255,
      );
      const image = await readImage(await writePng({ width, height, channels, data }));
      assert.deepEqual([image.width, image.height, image.channels], [width, height, channels]);
      assert.deepEqual(image.data, data);
    }),
  );
});
