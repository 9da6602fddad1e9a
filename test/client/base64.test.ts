import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeBase64 } from "../../src/client/base64.ts";

test("bytes become the base64 that Node makes of them, and come back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 1, 24_575, 24_576, 24_577), (bytes, before) => {
      const long = new Uint8Array([...new Uint8Array(before).fill(7), ...bytes]); // across the border of a piece
      const text = encodeBase64(long);
      assert.equal(text, Buffer.from(long).toString("base64"));
      assert.deepEqual(decodeBase64(text), long);
    }),
  );
});

test("line breaks, missing padding and the prefix of a data URL are taken; foreign characters are not", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  for (const text of ["AQID\nBA==\n", "AQIDBA", "data:image/png;base64,AQIDBA=="])
    assert.deepEqual(decodeBase64(text), bytes);
  for (const text of ["AQID*BA=", "https://host/a.png"]) assert.throws(() => decodeBase64(text));
});
