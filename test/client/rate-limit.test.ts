import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RateLimit } from "../../src/client/rate-limit.ts";
import { fakeClock } from "./fault-server.ts";

test("no period ever sees more calls start than allowed, and none waits longer than that needs", async () => {
  const pauses = fc.array(fc.nat(500), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), pauses, async (calls, between) => {
      const { clock } = fakeClock();
      const limit = new RateLimit({ calls, periodMs: 1000 }, clock);
      const starts: number[] = [];
      for (const pause of between) {
        await clock.sleep(pause);
        const came = clock.now();
        await limit.take();
        assert.equal(clock.now(), Math.max(came, (starts.at(-calls) ?? 0) + 1000));
        starts.push(clock.now());
      }
    }),
  );
});

test("calls that come at once start one period after another", async () => {
  const waits: number[] = [];
  const clock = { ...fakeClock().clock, sleep: async (ms: number) => void waits.push(ms) };
  const limit = new RateLimit({ calls: 2, periodMs: 1000 }, clock);
  await Promise.all(Array.from({ length: 5 }, () => limit.take()));
  assert.deepEqual(waits, [1000, 1000, 2000]);
});
