import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseMultipart } from "../../../src/server/embed/parse-multipart.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const part = (headers: string, content: string) => `\r\n${headers}\r\n\r\n${content}\r\n--x`;
const named = (name: string) => `Content-Disposition: form-data; name="${name}"`;

test("parts come back byte for byte, whatever they hold", async () => {
  const parts = fc.array(fc.tuple(fc.constantFrom("image", "text"), fc.uint8Array()), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      const form = new FormData();
      for (const [name, bytes] of given) form.append(name, new Blob([bytes as Uint8Array<ArrayBuffer>]));
      const response = new Response(form); // Node's own writer
      const body = new Uint8Array(await response.arrayBuffer());
      const found = parseMultipart(body, response.headers.get("content-type")!, 5);
      assert.deepEqual(
        found.map(({ name, bytes }) => [name, bytes]),
        given,
      );
    }),
  );
});

test("line breaks, dashes and boundaries of another kind are content", () => {
  for (const content of ["", "\r\n", "--", "\r\n--", "--x", "\r\n-x", "\n--x", "\r\n\r\n", "a\r\n--y"]) {
    const [{ bytes }] = parseMultipart(bytesOf(`--x${part(named("text"), content)}--`), "a/b; boundary=x", 1);
    assert.equal(Buffer.from(bytes).toString("latin1"), content);
  }
});

test("preamble, epilogue, padding, quotes and other headers are read as the RFC has them", () => {
  const type = 'multipart/form-data; charset=utf-8; boundary="a b:1"';
  const headers = 'X: y\r\ncontent-disposition:form-data; filename="a\\"; name=\\"b"; Name=text\r\nContent-Type: a/b';
  const body = `preamble\r\n--a b:1 \t\r\n${headers}\r\n\r\nhello\r\n--a b:1--\r\nepilogue`;
  const [{ name, bytes }, ...others] = parseMultipart(bytesOf(body), type, 9);
  assert.deepEqual([name, Buffer.from(bytes).toString(), others.length], ["text", "hello", 0]);
});

test("a body that breaks off anywhere is refused", () => {
  const body = bytesOf(`--x${part(named("image"), "abc")}${part(named("text"), "def")}--`);
  for (let length = 0; length < body.length; length++) {
    assert.throws(() => parseMultipart(body.subarray(0, length), "a/b; boundary=x", 9), { code: "invalid-request" });
  }
  assert.equal(parseMultipart(body, "a/b; boundary=x", 9).length, 2);
});
