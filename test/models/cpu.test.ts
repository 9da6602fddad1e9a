import assert from "node:assert/strict";
import { test } from "node:test";
import { cpu } from "../../src/models/cpu.ts";

test("this machine has a name, and flags where the system tells them", () => {
  const { model, flags } = cpu();
  assert.equal(typeof model, "string");
  if (process.platform !== "linux") assert.equal(flags, undefined);
  else assert.ok(flags === undefined || flags.every((flag) => /^[a-z0-9_]+$/.test(flag)));
});
