import assert from "node:assert/strict";
import { test } from "node:test";
import { readRetryAfter } from "../src/retry-after.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

const CASES: [header: string | null, ms: number | undefined][] = [
  ["4", 4000],
  [" 20 ", 20_000],
  ["0", 0],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ["999999999", 3_600_000],
  ["Fri, 01 Jan 2100 00:00:00 GMT", 3_600_000],
  [null, undefined],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["Thu, 99 Foo 2026 GMT", undefined],
];

for (const [header, ms] of CASES) {
  test(`Retry-After ${JSON.stringify(header)} means ${ms} ms`, () => assert.equal(readRetryAfter(header, NOW), ms));
}
