import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAscii, decodeBase64 } from "../../src/formats/decode-base64.ts";

test("base64 gives its bytes back, in lines, with blanks, without padding, behind a data prefix", () => {
  const forms: ((text: string) => string)[] = [
    (text) => text,
    (text) => `${text.replace(/.{76}/g, "$&\n")}\n`,
    (text) => `  ${text.replace(/.{5}/g, "$& \t\r\n")}`,
    (text) => text.replace(/=+$/, ""),
    (text) => `data:image/png;base64,${text}`,
    (text) => `data:;base64,${text}`,
  ];
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.constantFrom(...forms), (bytes, form) => {
      const decoded = decodeBase64(form(Buffer.from(bytes).toString("base64")));
      assert.deepEqual(decoded, bytes);
      assert.equal(decoded.buffer.byteLength, decoded.length, "the memory is its own");
    }),
  );
});

test("what is not base64 is refused, not skipped", () => {
  for (const text of [
    "A",
    "AAAAA",
    "AA*A",
    "AA-A",
    "AA_A",
    "=AAA",
    "AA==AA",
    "AAA===",
    "data:,AAAA",
    "\u00e9AAA",
    "==",
  ]) {
    assert.throws(() => decodeBase64(text), { code: "corrupt-image" }, text);
  }
});

test("one foreign character anywhere is enough", () => {
  const foreign = fc
    .string({ unit: "binary", minLength: 1, maxLength: 1 })
    .filter((character) => !/[A-Za-z0-9+/=\s]/.test(character));
  fc.assert(
    fc.property(fc.base64String({ minLength: 4 }), fc.nat(), foreign, (text, place, character) => {
      const at = place % (text.replace(/=+$/, "").length + 1);
      for (const end of [at, at + 1]) {
        const spoilt = text.slice(0, at) + character + text.slice(end);
        assert.throws(() => decodeBase64(spoilt), { code: "corrupt-image" }, spoilt);
      }
    }),
    { numRuns: 1_000 },
  );
  assert.throws(() => decodeBase64("\u0141AAA"), { code: "corrupt-image" }, "its low byte is an A");
});

test("an address is refused as such", () => {
  for (const text of ["https://example.org/a.png", " HTTP://example.org"]) {
    assert.throws(() => decodeBase64(text), { code: "url-refused", message: /are not fetched/ }, text);
  }
});

test("a text that is still bytes gives what it gives as a string", () => {
  const digits = fc.base64String({ minLength: 1, maxLength: 60_000, size: "max" });
  const forms: ((text: string) => string)[] = [
    (text) => text,
    (text) => text.replace(/=+$/, ""),
    (text) => `data:image/png;base64,${text}`,
    (text) => `${text.slice(0, 40_000)} ${text.slice(40_000)}`,
    (text) => `${text.slice(0, 30_000)}\r\n${text.slice(30_000)}`,
    (text) => `${text}=`,
    (text) => text.replace(/.$/, "-"),
    (text) => `${text.slice(0, 20_000)}*${text.slice(20_001)}`,
    (text) => `${text.slice(0, 16_384)}==${text.slice(16_384)}`,
    (text) => `https://example.org/${text}`,
  ];
  const resultOf = (decode: () => Uint8Array) => {
    try {
      return Buffer.from(decode()).toString("hex");
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message];
    }
  };
  fc.assert(
    fc.property(digits, fc.constantFrom(...forms), (text, form) => {
      const given = form(text);
      assert.deepEqual(
        resultOf(() => decodeAscii(Buffer.from(given))),
        resultOf(() => decodeBase64(given)),
      );
    }),
  );
});
