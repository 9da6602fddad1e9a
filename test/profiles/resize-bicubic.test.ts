import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { plainPasses, type Raster, resizeBicubic } from "../../src/profiles/resize-bicubic.ts";
import { simdPasses } from "../../src/profiles/resize-simd.ts";

/** Many are black or white, so that sums leave the range of a byte. */
const sample = fc.oneof(fc.constantFrom(0, 255), fc.integer({ min: 0, max: 255 }));
const side = fc.integer({ min: 1, max: 40 });
const raster: fc.Arbitrary<Raster> = fc
  .record({ width: side, height: side, channels: fc.integer({ min: 1, max: 4 }) })
  .chain(({ width, height, channels }) => {
    const length = width * height * channels;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .chain((noise) => fc.array(sample, { minLength: 1, maxLength: 9 }).map((edges) => withEdges(noise, edges)))
      .map((data) => ({ width, height, channels, data }));
  });

test("the SIMD passes give the bytes of the plain ones", { skip: simdPasses ? false : "no SIMD" }, () => {
  fc.assert(
    fc.property(raster, side, side, (source, width, height) => {
      const size = { width, height };
      assert.deepEqual(resizeBicubic(source, size, simdPasses), resizeBicubic(source, size, plainPasses));
    }),
    { numRuns: 300 },
  );
});

test("a picture taller than the strips of the SIMD passes is the same as well", () => {
  const [width, height, channels] = [40, 40_000, 3];
  const data = Uint8Array.from({ length: width * height * channels }, (_, at) => Math.imul(at, 0x9e3779b1) >>> 24);
  const source = { width, height, channels, data };
  const size = { width: 41, height: 30 };
  assert.deepEqual(resizeBicubic(source, size), resizeBicubic(source, size, plainPasses));
});

for (const [name, passes] of Object.entries({ plain: plainPasses, simd: simdPasses })) {
  test(`${name}: an even picture stays as it is at every size`, () => {
    fc.assert(
      fc.property(side, side, side, side, sample, (fromWidth, fromHeight, width, height, value) => {
        const data = new Uint8Array(fromWidth * fromHeight).fill(value);
        const source = { width: fromWidth, height: fromHeight, channels: 1, data };
        const resized = resizeBicubic(source, { width, height }, passes);
        assert.deepEqual(resized.data, new Uint8Array(width * height).fill(value));
      }),
    );
  });
}

function withEdges(noise: Uint8Array, edges: number[]): Uint8Array {
  return noise.map((value, at) => (value & 1 ? edges[at % edges.length] : value));
}
