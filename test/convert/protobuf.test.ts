import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufMessage } from "../../src/convert/protobuf.ts";

const hex = (message: ProtobufMessage) => Buffer.from(message.encode()).toString("hex");

test("the examples of the specification come out byte by byte", () => {
  assert.equal(hex(new ProtobufMessage().integer(1, 150)), "089601");
  assert.equal(hex(new ProtobufMessage().string(2, "testing")), "120774657374696e67");
  assert.equal(hex(new ProtobufMessage().message(3, new ProtobufMessage().integer(1, 150))), "1a03089601");
});

test("whole numbers are exact up to 2^53 - 1", () => {
  for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
    const [, ...bytes] = new ProtobufMessage().integer(1, value).encode();
    const decoded = bytes.reduce((sum, byte, i) => sum + BigInt(byte & 127) * 128n ** BigInt(i), 0n);
    assert.equal(decoded, BigInt(value));
    assert.ok(
      bytes.slice(0, -1).every((byte) => byte >= 128) && bytes.at(-1)! < 128,
      "the top bit says that more follow",
    );
  }
});

test("floats are four bytes, little-endian; field numbers above 15 take two bytes", () => {
  assert.equal(hex(new ProtobufMessage().float(2, 1.5)), "150000c03f");
  assert.equal(hex(new ProtobufMessage().integer(20, 7)), "a00107");
});

test("text is UTF-8 and its length counts bytes; an empty message is empty", () => {
  assert.equal(hex(new ProtobufMessage().string(1, "µ")), "0a02c2b5");
  assert.equal(hex(new ProtobufMessage()), "");
  assert.equal(hex(new ProtobufMessage().message(1, new ProtobufMessage())), "0a00");
});
