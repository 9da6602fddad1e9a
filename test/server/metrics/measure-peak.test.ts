import assert from "node:assert/strict";
import { test } from "node:test";
import { measurePeak } from "../../../src/server/metrics/measure-peak.ts";

/** An engine that takes so many milliseconds an image, on a clock of its own; some of its images may be slower. */
function engine(msEach: number, slower: ReadonlyMap<number, number> = new Map()) {
  let [now, images] = [0, 0];
  const embedImage = async () => {
    now += slower.get(images++) ?? msEach;
    return new Float32Array(1);
  };
  return { embedder: { embedImage }, clock: () => now, count: () => images };
}

test("the rate of a fast engine is measured over as many images as take long enough", async () => {
  const { embedder, clock, count } = engine(10);
  assert.equal(await measurePeak(embedder, clock), 100);
  assert.equal(count(), 1 + 2 + 4 + 8 + 16);
});

test("a slow engine is asked for three images only", async () => {
  const { embedder, clock, count } = engine(2_000);
  assert.equal(await measurePeak(embedder, clock), 0.5);
  assert.equal(count(), 3);
});

test("however fast an engine is, it comes to an end", async () => {
  const { embedder, clock, count } = engine(0.01);
  assert.ok((await measurePeak(embedder, clock)) > 90_000);
  assert.equal(count(), 255);
});

test("the time that a thread takes to start counts for nothing", async () => {
  const { embedder, clock } = engine(10, new Map([[1, 900]]));
  assert.equal(await measurePeak(embedder, clock), 100);
});
