import assert from "node:assert/strict";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { DrainRate } from "../../src/server/drain-rate.ts";
import { Load } from "../../src/server/load.ts";

const LIMITS = { maxPending: 4, maxPendingBytes: 100 };

test("the wait follows the rate at which requests are done with", () => {
  let now = 0;
  const rate = new DrainRate(() => now);
  assert.equal(rate.secondsFor(10), 5, "nothing has been measured yet");
  for (let i = 0; i < 100; i++) {
    now += 500;
    rate.record();
  }
  now += 500;
  assert.equal(rate.secondsFor(10), 5, "two a second");
  assert.equal(rate.secondsFor(1), 1);
  now += 32_000; // a halt: the same 32 took 48 seconds
  assert.equal(rate.secondsFor(10), 15);
  now += 3_600_000;
  assert.equal(rate.secondsFor(10), 120, "never longer");
});

test("a fast server asks for a second at least", () => {
  let now = 0;
  const rate = new DrainRate(() => now);
  for (let i = 0; i < 40; i++) rate.record();
  now += 1;
  assert.equal(rate.secondsFor(64), 1);
});

test("calls and bytes are counted in and out", () => {
  const load = new Load(LIMITS);
  const calls = Array.from({ length: 4 }, () => load.admit());
  assert.throws(() => load.admit(), { code: "too-many-pending" });
  calls[0].reserve(60);
  assert.throws(() => calls[1].reserve(60), { code: "too-many-pending" });
  calls[1].reserve(40);
  calls[0].end();
  calls[0].end(); // no harm
  assert.equal(load.pending, 3);
  const next = load.admit();
  next.reserve(60);
  for (const call of [...calls, next]) call.end();
  assert.equal(load.pending, 0);
  load.admit().reserve(100);
  assert.deepEqual(load.counts, { finished: 5, refused: 2, left: 0, late: 0, stopped: 0 });
});

test("a call that is dropped is told why, once, and is not taken for finished", () => {
  const load = new Load(LIMITS);
  const call = load.admit();
  const reason = new MedembedError("cancelled", "the caller has left");
  call.drop("left", reason);
  call.drop("stopped", new MedembedError("stopping", "the server is stopping"));
  assert.equal(call.signal.reason, reason);
  call.end();
  call.drop("left", reason);
  assert.deepEqual(load.counts, { finished: 0, refused: 0, left: 1, late: 0, stopped: 0 });
});

test("the end of a call drops what it has still in the queues", () => {
  const call = new Load(LIMITS).admit();
  call.end();
  assert.equal(call.signal.reason.code, "cancelled");
});

test("from the body's arrival to the first item's turn is queue, the rest compute", () => {
  let now = 0;
  const call = new Load(LIMITS, () => now).admit();
  now = 1_000; // a slow upload is neither
  call.startClock(10_000);
  now = 1_030;
  assert.deepEqual(call.times, { queueMs: 30, computeMs: 0 });
  call.begin();
  now = 1_050;
  call.begin();
  assert.deepEqual(call.times, { queueMs: 30, computeMs: 20 });
  call.end();
});
