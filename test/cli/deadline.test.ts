import assert from "node:assert/strict";
import { test } from "node:test";
import { readDeadline } from "../../src/cli/deadline.ts";

const NOW = Date.UTC(2026, 10, 29, 20);

test("a deadline is a duration from now, or a time with or without a zone", () => {
  assert.equal(readDeadline("90m", NOW), NOW + 5_400_000);
  assert.equal(readDeadline("1.5h", NOW), NOW + 5_400_000);
  assert.equal(readDeadline("2d", NOW), NOW + 172_800_000);
  assert.equal(readDeadline("30s", NOW), NOW + 30_000);
  assert.equal(readDeadline("2026-11-30T06:00Z", NOW), Date.UTC(2026, 10, 30, 6));
  assert.equal(readDeadline("2026-11-30T06:00:30+02:00", NOW), Date.UTC(2026, 10, 30, 4, 0, 30));
  assert.equal(readDeadline("2026-12-30T06:00", NOW), new Date(2026, 11, 30, 6).getTime());
});

for (const text of ["", "12", "12 h", "-1h", "tomorrow", "2026-11-30", "2026-13-30T06:00Z", "2026-11-29T19:59Z"]) {
  test(`${JSON.stringify(text)} is no deadline, and is told so`, () => {
    assert.throws(() => readDeadline(text, NOW), { code: "usage", message: /^--deadline / });
  });
}
