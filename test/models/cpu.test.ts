import assert from "node:assert/strict";
import { test } from "node:test";
import { cpu, hasExactInt8 } from "../../src/models/cpu.ts";

test("int8 products count as exact with VNNI, AMX or where the system says nothing", () => {
  for (const flag of ["avx512_vnni", "avx_vnni", "amx_int8"])
    assert.equal(hasExactInt8({ flags: ["avx2", flag] }), true);
  assert.equal(hasExactInt8({ flags: undefined }), true);
});

test("on x64 without them int8 products may overflow", { skip: process.arch !== "x64" }, () => {
  assert.equal(hasExactInt8({ flags: ["avx2", "avx512f"] }), false);
});

test("this machine has a name, and flags where the system tells them", () => {
  const { model, flags } = cpu();
  assert.equal(typeof model, "string");
  if (process.platform !== "linux") assert.equal(flags, undefined);
  else assert.ok(flags === undefined || flags.every((flag) => /^[a-z0-9_]+$/.test(flag)));
});
