import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { float32s, readBytes, readOrRefuse, safetensors, u64 } from "./forge.ts";

const data = float32s(1, 2, 3, 4, 5, 6);
const a = { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] };
const b = { dtype: "F32", shape: [2], data_offsets: [16, 24] };

test("metadata and names such as __proto__ are read as what they are", async () => {
  const header = `{"__metadata__":{"format":"pt","note":"a : \\"b\\""},"__proto__":${JSON.stringify(a)},"constructor":${JSON.stringify(b)}} `;
  const weights = await readBytes(safetensors(header, data));
  assert.deepEqual(Object.keys(weights), ["__proto__", "constructor"]);
  assert.deepEqual(weights.constructor, { dtype: "float32", shape: [2], values: [5, 6] });
  assert.equal(Object.hasOwn(Object.prototype, "dtype"), false);
});

test("float64, bfloat16 and float16 with its subnormals and infinities are converted", async () => {
  const header = {
    double: { dtype: "F64", shape: [2], data_offsets: [0, 16] },
    brain: { dtype: "BF16", shape: [2], data_offsets: [16, 20] },
    half: { dtype: "F16", shape: [6], data_offsets: [20, 32] },
  };
  const doubles = new Uint8Array(new Float64Array([0.1, -3]).buffer);
  const halves = new Uint8Array(
    new Uint16Array([0x3fc0, 0xc040, 0x0001, 0x83ff, 0x7bff, 0xfc00, 0x7e00, 0x3555]).buffer,
  );
  const read = await readBytes(safetensors(header, Buffer.concat([doubles, halves])));
  assert.deepEqual(read.double.values, [Math.fround(0.1), -3]);
  assert.deepEqual(read.brain.values, [1.5, -3]);
  assert.deepEqual(read.half.values, [2 ** -24, -1023 * 2 ** -24, 65504, -Infinity, NaN, 0.333251953125]);
});

const refused: [string, Buffer, RegExp][] = [
  [
    "a header longer than the file",
    Buffer.concat([u64(1000), Buffer.from("{}")]),
    /the file has 10 bytes, bytes 8 to 1008/,
  ],
  [
    "a header of 2^64 - 1 bytes",
    Buffer.concat([u64(2n ** 64n - 1n), Buffer.from("{}")]),
    /claims 18446744073709551615 bytes/,
  ],
  ["a header that is no JSON", safetensors("{nonsense"), /no JSON/],
  ["a header that is no UTF-8", Buffer.concat([u64(3), Buffer.of(0x7b, 0xff, 0x7d)]), /no JSON/],
  ["a header nested without end", safetensors(`{"a":${"[".repeat(1e6)}`), /no JSON/],
  [
    "a tensor named twice",
    safetensors(`{"a":${JSON.stringify(a)},"a":${JSON.stringify(a)}}`, data.subarray(0, 16)),
    /twice/,
  ],
  [
    "a shape given twice",
    safetensors('{"a":{"dtype":"U8","shape":[4],"shape":[2,2],"data_offsets":[0,4]}}', Buffer.alloc(4)),
    /twice/,
  ],
  ["an unknown dtype", safetensors({ a: { ...a, dtype: "F8_E4M3" } }), /dtype "F8_E4M3", needed: F64/],
  ["a dtype that is no text", safetensors({ a: { ...a, dtype: { toString: 1 } } }), /dtype <object>/],
  ["a tensor that is no object", safetensors({ a: 7 }), /dtype <undefined>/],
  ["an unknown key", safetensors({ a: { ...a, strides: [1, 2] } }, data), /and nothing else/],
  ["a negative size", safetensors({ a: { ...a, shape: [-2, -2] } }, data), /whole numbers from 0/],
  ["a size that is no number", safetensors({ a: { ...a, shape: ["2", 2] } }, data), /whole numbers from 0/],
  ["sizes whose product overflows", safetensors({ a: { ...a, shape: [2 ** 40, 2 ** 40] } }, data), /below 2\^53/],
  ["sizes whose product overflows to 0", safetensors({ a: { ...a, shape: [2 ** 40, 2 ** 40, 0] } }, data), /needs 0/],
  ["more axes than a tensor has", safetensors({ a: { ...a, shape: Array(9).fill(1) } }, data), /9 axes/],
  [
    "offsets that do not fit the shape",
    safetensors({ a: { ...a, data_offsets: [0, 15] } }, data),
    /15 bytes, \[2,2\] of float32 needs 16/,
  ],
  ["offsets in reverse", safetensors({ a: { ...a, data_offsets: [16, 0] } }, data), /-16 bytes/],
  ["offsets beyond the file", safetensors({ a }, data.subarray(0, 12)), /take 16 bytes, the file has 12/],
  [
    "offsets that overlap",
    safetensors({ a, b: { ...b, data_offsets: [12, 20] } }, data),
    /"b" begins at byte 12.*ends at 16/,
  ],
  ["a gap", safetensors({ a, b: { ...b, data_offsets: [20, 28] } }, Buffer.alloc(28)), /"b" begins at byte 20/],
  ["data that belongs to no tensor", safetensors({ a }, data), /take 16 bytes, the file has 24/],
];

for (const [name, bytes, message] of refused) {
  test(`${name} is refused`, () => assert.rejects(readBytes(bytes), { code: "corrupt-checkpoint", message }));
}

test("a long name with control characters is shortened and escaped in the message", async () => {
  const bytes = safetensors({ [`\x1b[2J${"x".repeat(1e5)}`]: {} });
  await assert.rejects(
    readBytes(bytes),
    ({ message }: Error) => message.length < 500 && message.includes("\\u001b[2Jxxx"),
  );
});

test("any JSON in the header is read or refused", async () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(0, 4, 8, [2], [0, 8], "F32", "F16"));
  const tensor = fc.record({ dtype: value, shape: value, data_offsets: value }, { requiredKeys: [] });
  const header = fc.oneof(fc.dictionary(fc.string(), fc.oneof(tensor, fc.constant(a), fc.constant(b))), fc.object());
  await fc.assert(
    fc.asyncProperty(header, fc.uint8Array({ maxLength: 32 }), (tensors, bytes) =>
      readOrRefuse(safetensors(tensors, bytes)),
    ),
    { numRuns: 120 },
  );
});
