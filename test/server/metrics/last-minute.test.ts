import assert from "node:assert/strict";
import { test } from "node:test";
import { LastMinute } from "../../../src/server/metrics/last-minute.ts";

test("the rate is that of the last minute, whatever was before", () => {
  let now = 5_000;
  const rate = new LastMinute(() => now);
  assert.equal(rate.perSecond, 0);
  for (let second = 0; second < 200; second++) {
    rate.add(1);
    rate.add(2);
    now += 1_000;
  }
  assert.equal(rate.perSecond, (3 * 59) / 60, "the second that has just begun has nothing yet");
  now += 30_000;
  assert.equal(rate.perSecond, (3 * 29) / 60);
  now += 60_000;
  assert.equal(rate.perSecond, 0);
});

test("before a minute is over it is the rate since the start, of a second at least", () => {
  let now = 0;
  const rate = new LastMinute(() => now);
  rate.add(4);
  assert.equal(rate.perSecond, 4);
  now = 8_000;
  assert.equal(rate.perSecond, 0.5);
});
