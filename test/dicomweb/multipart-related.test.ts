import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundaryOf, readParts } from "../../src/dicomweb/multipart-related.ts";

async function* chunks(body: string | Buffer, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(body: AsyncIterable<Uint8Array>, { boundary = "b", maxBytes = 1_000 } = {}): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of readParts(body, boundary, maxBytes)) parts.push(part.toString("latin1"));
  return parts;
}

const TWO = "--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b\r\n\r\n\r\n-two-\r\n\r\n--b--\r\n";

test("the boundary stands in the header, in quotes or without, for multipart/related alone", () => {
  assert.equal(boundaryOf('multipart/related; type="application/dicom"; boundary=a-1'), "a-1");
  assert.equal(boundaryOf('Multipart/Related;boundary="a; b=c";type="application/dicom"'), "a; b=c");
  assert.equal(boundaryOf('multipart/related; type="application/dicom"'), undefined);
  assert.equal(boundaryOf("multipart/form-data; boundary=a"), undefined);
  assert.equal(boundaryOf("text/html"), undefined);
});

test("parts are told apart wherever the chunks of the network end", async () => {
  for (let size = 1; size <= TWO.length; size++) {
    assert.deepEqual(await read(chunks(TWO, size)), ["one", "\r\n-two-\r\n"], `chunks of ${size}`);
  }
});

test("a preamble, padding behind a boundary and an epilogue are passed over", async () => {
  const body = `for old mail programs\r\n--b \t\r\nA: 1\r\nB: 2\r\n\r\none\r\n--b--\r\nthe end ${"x".repeat(200)}`;
  assert.deepEqual(await read(chunks(body)), ["one"]);
  assert.deepEqual(await read(chunks("--b--")), []);
});

test("what looks like a boundary inside a part is none", async () => {
  assert.deepEqual(await read(chunks("--b\r\n\r\n--b\r\n-\r\n--\r\n--a\r\n--b--", 5)), ["--b\r\n-\r\n--\r\n--a"]);
});

test("any bytes come through whole", async () => {
  const files = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 400 }), async (given, size) => {
      const boundary = "a boundary that chance does not meet";
      const parts = given.flatMap((file) => [Buffer.from(`\r\n--${boundary}\r\n\r\n`), file]);
      const body = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--`)]);
      const expected = given.map((file) => Buffer.from(file).toString("latin1"));
      assert.deepEqual(await read(chunks(body, size), { boundary }), expected);
    }),
  );
});

test("a body that breaks off anywhere before its last boundary is told as broken off, which may pass", async () => {
  const end = TWO.length - "--\r\n".length;
  for (let length = 0; length <= end; length++) {
    await assert.rejects(read(chunks(TWO.slice(0, length))), {
      code: "server-failed",
      isPassing: true,
      message: /breaks off/,
    });
  }
});

test("a body without such parts, and parts or headers without end, are not read on", async () => {
  let given = 0;
  async function* endless(beginning: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(beginning);
    for (given = 0; ; given += 1_000) yield Buffer.alloc(1_000, "x");
  }
  const isFinal = { code: "server-failed", isPassing: false };
  await assert.rejects(read(endless("")), { ...isFinal, message: /without the parts that it announced/ });
  await assert.rejects(read(endless("--other\r\n\r\n")), { ...isFinal, message: /without the parts/ });
  await assert.rejects(read(endless("--b\r\nA: ")), { ...isFinal, message: /without the parts/ });
  assert.ok(given < 100_000);
  await assert.rejects(read(endless("--b\r\n\r\n")), {
    ...isFinal,
    message: /more than the 1000 bytes that are read of a file/,
  });
  assert.ok(given <= 2_000);
  assert.deepEqual(await read(endless("--b\r\n\r\none\r\n--b--")), ["one"]);
  assert.ok(given < 100_000);
});
