/**
 * Times the bicubic resize of 2048x2048 to 480x480, the cost of every large picture: prints JSON, milliseconds. The two
 * sets of passes and the channel counts take turns, so that a busy moment touches all alike.
 * `node --import tsx bench/resize.ts [rounds]`
 */
import { performance } from "node:perf_hooks";
import { plainPasses, type Raster, resizeBicubic } from "../src/profiles/resize-bicubic.ts";
import { simdPasses } from "../src/profiles/resize-simd.ts";

const SOURCE = 2048;
const TARGET = { width: 480, height: 480 };
const WARM_UP_ROUNDS = 3;
const rounds = Number(process.argv[2] ?? 20);

const cases = [1, 3, 4].flatMap((channels) =>
  Object.entries({ plain: plainPasses, simd: simdPasses }).flatMap(([passes, implementation]) =>
    implementation ? [{ channels, passes, implementation, source: noise(channels), times: [] as number[] }] : [],
  ),
);
for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
  for (const { source, implementation, times } of cases) {
    const start = performance.now();
    resizeBicubic(source, TARGET, implementation);
    if (round >= 0) times.push(performance.now() - start);
  }
}
for (const { channels, passes, times } of cases) {
  times.sort((a, b) => a - b);
  const [min, median, max] = [0, Math.floor(times.length / 2), times.length - 1].map((at) =>
    Number(times[at].toFixed(2)),
  );
  console.log(JSON.stringify({ channels, passes, rounds, minMs: min, medianMs: median, maxMs: max }));
}

function noise(channels: number): Raster {
  const data = new Uint8Array(SOURCE * SOURCE * channels);
  for (let at = 0, state = 1; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[at] = state >>> 24;
  }
  return { width: SOURCE, height: SOURCE, channels, data };
}
