import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LongString } from "../../../src/server/calls/long-strings.ts";
import { parseJson, parseJsonOfPictures } from "../../../src/server/calls/parse-json.ts";

const LONG = "QUJD".repeat(4_000);

test("a long string stays in the body, and what stands round it is parsed as ever", () => {
  const body = bytesOf({
    input_data: {
      columns: ["image", "text"],
      data: [
        [LONG, "a text"],
        [`${LONG}D`, null],
      ],
    },
  });
  const { data } = (parseJsonOfPictures(body) as { input_data: { data: unknown[][] } }).input_data;
  const [first, second] = data.map(([image]) => image as LongString);
  assert.ok(first instanceof LongString && second instanceof LongString);
  assert.deepEqual([String(first), String(second)], [LONG, `${LONG}D`]);
  assert.equal(first.bytes.buffer, body.buffer, "it was not copied");
  assert.deepEqual(
    data.map(([, text]) => text),
    ["a text", null],
  );
});

test("whatever the body is, it means what JSON says it means", () => {
  const short = fc.string({ unit: "binary", maxLength: 20 });
  const long = fc.oneof(
    fc.constantFrom(LONG, `${LONG}=`, `${LONG}\\`, `"${LONG}`, `${LONG}\n`, `\u00e9${LONG}`, `${LONG}\u0000`),
    short.map((text) => text + LONG),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(null), short, long, tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 4 }),
    object: fc.dictionary(short, tie("value"), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(value, (given) => {
      assert.deepEqual(asStrings(parseJsonOfPictures(bytesOf(given))), asStrings(parseJson(bytesOf(given))));
    }),
    { numRuns: 500 },
  );
});

test("what is no JSON is refused as ever", () => {
  const json = JSON.stringify({ a: [LONG, "\\", '"'], b: LONG });
  fc.assert(
    fc.property(fc.nat(json.length - 1), fc.constantFrom("", '"', "\\", "[", "\n"), (at, put) => {
      const body = Buffer.from(json.slice(0, at) + put + json.slice(at + 1));
      assert.deepEqual(resultOf(parseJsonOfPictures, body), resultOf(parseJson, body));
    }),
    { numRuns: 300 },
  );
});

test("a key is no picture, and a body of nothing but quotes is left to the parser", () => {
  assert.deepEqual(parseJsonOfPictures(bytesOf({ [LONG]: 1 })), { [LONG]: 1 });
  const quotes = [...Array.from({ length: 5_000 }, () => ""), LONG];
  assert.deepEqual(parseJsonOfPictures(bytesOf(quotes)), quotes);
});

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(JSON.stringify(value)));
}

function resultOf(parse: (body: Uint8Array) => unknown, body: Uint8Array): unknown {
  try {
    return asStrings(parse(body));
  } catch (error) {
    return (error as Error).message;
  }
}

function asStrings(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item) => (item instanceof LongString ? String(item) : item)) ?? "null");
}
