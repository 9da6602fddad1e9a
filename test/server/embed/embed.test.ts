import assert from "node:assert/strict";
import { test } from "node:test";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { envelope, post, prompted, serve } from "../serving.ts";

const embedder = await openGolden();

const serving = await serve(embedder);
const [image, gray] = goldenImages;
const text = "x-ray chest pneumonia";
const scored = await post(
  serving,
  envelope(
    ["image", "text"],
    [
      [image.toString("base64"), text],
      [gray.toString("base64"), null],
    ],
  ),
);
const [first, second] = scored.json();
const imageRow = { kind: "image", vector: first.image_features[0] };
const grayRow = { kind: "image", vector: second.image_features[0] };
const textRow = { kind: "text", vector: first.text_features };

function embed(payload: Buffer | string, headers: Readonly<Record<string, string>>) {
  return serving.app.inject({ method: "POST", url: "/embed", headers, payload });
}

/** As browsers, curl and fetch write it. */
async function encodeForm(form: FormData): Promise<{ body: Buffer; type: string }> {
  const response = new Response(form);
  return { body: Buffer.from(await response.arrayBuffer()), type: response.headers.get("content-type")! };
}

test("the bytes of an image, or a text, get the vector of /score", async () => {
  for (const type of ["image/png", "Image/JPEG; q=1", "application/octet-stream"]) {
    assert.deepEqual((await embed(image, { "content-type": type })).json(), [imageRow]); // its bytes tell the format
  }
  for (const type of ["text/plain", "text/plain; charset=utf-8"]) {
    assert.deepEqual((await embed(text, { "content-type": type })).json(), [textRow]);
  }
});

test("a form has any number of images and texts, in its order", async () => {
  const form = new FormData();
  form.append("image", new Blob([gray]), 'a"; name="text.png');
  form.append("text", text);
  form.append("image", new Blob([image], { type: "image/png" }), "a.png");
  form.append("text", new Blob([text]), "report.txt");
  const { body, type } = await encodeForm(form);
  const response = await embed(body, { "content-type": type });
  assert.deepEqual(response.json(), [grayRow, textRow, imageRow, textRow]);
  assert.equal(response.headers["medembed-rows"], "4");
});

test("as octet-stream the rows follow each other, float32 with the lowest byte first", async () => {
  const form = new FormData();
  form.append("image", new Blob([image]));
  form.append("text", text);
  const { body, type } = await encodeForm(form);
  const response = await embed(body, { "content-type": type, accept: "application/octet-stream" });
  assert.equal(response.headers["content-type"], "application/octet-stream");
  const size = [Number(response.headers["medembed-rows"]), Number(response.headers["medembed-dimensions"])];
  assert.deepEqual(size, [2, embedder.card.projection]);
  const floats = Array.from({ length: size[0] * size[1] }, (_, i) => response.rawPayload.readFloatLE(4 * i));
  assert.equal(response.rawPayload.length, 4 * floats.length);
  assert.deepEqual(floats, [...imageRow.vector, ...textRow.vector]);
});

test("JSON is the answer unless the binary form is named first", async () => {
  for (const [accept, type] of [
    ["*/*", "application/json"],
    ["text/html", "application/json"],
    ["application/json, application/octet-stream", "application/json"],
    ["Application/Octet-Stream;q=0.9, application/json", "application/octet-stream"],
  ]) {
    const response = await embed(text, { "content-type": "text/plain", accept });
    assert.equal(response.headers["content-type"], type, accept);
  }
});

test("a large image goes through a thread and comes out the same", async () => {
  const padded = Buffer.concat([image, Buffer.alloc(300_000)]); // bytes behind the end of a PNG say nothing
  assert.deepEqual((await embed(padded, { "content-type": "image/png" })).json(), [imageRow]);
  const form = new FormData();
  form.append("image", new Blob([padded]));
  form.append("image", new Blob([gray]));
  const { body, type } = await encodeForm(form);
  assert.deepEqual((await embed(body, { "content-type": type })).json(), [imageRow, grayRow]);
});

const REFUSED: readonly [name: string, status: number, payload: Buffer | string, type: string, message: RegExp][] = [
  ["JSON", 415, "{}", "application/json", /must be image/],
  ["no image", 424, "Jane Doe", "image/png", /row 0, image/],
  ["nothing", 424, "", "image/png", /it holds no bytes/],
  ["no UTF-8", 424, Buffer.from([0x41, 0xff]), "text/plain", /it is not UTF-8/],
  ["a text of blanks", 424, "  ", "text/plain", /neither an image nor a text/],
  ["a form without boundary", 400, "", "multipart/form-data", /no boundary/],
  ["a form that is none", 400, "Jane Doe", "multipart/form-data; boundary=x", /breaks off/],
  ["a form of no parts", 400, "--x--\r\n", "multipart/form-data; boundary=x", /no parts/],
];

for (const [name, status, payload, type, message] of REFUSED) {
  test(`${status}: ${name}`, async () => {
    const response = await embed(payload, { "content-type": type });
    assert.equal(response.statusCode, status, response.body);
    assert.match(response.json().error.message, message);
    assert.doesNotMatch(response.body, /Jane/);
  });
}

test("400: parts of other names, without a name, encoded, too many", async () => {
  const part = (headers: string, content = "a") => `--x\r\n${headers}\r\n\r\n${content}\r\n`;
  const textPart = part('Content-Disposition: form-data; name="text"');
  for (const [form, message] of [
    [part('Content-Disposition: form-data; name="Jane"'), /part 0 is named neither/],
    [part("Content-Disposition: form-data"), /part 0 has no name/],
    [`${textPart}${part("Content-Type: text/plain")}`, /part 1 has no name/],
    [
      part('Content-Disposition: form-data; name="image"\r\nContent-Transfer-Encoding: base64', "AAAA"),
      /part 0 is encoded/,
    ],
    [textPart.repeat(1025), /more than 1024 parts/],
    [part(`Content-Disposition: form-data; name="text"\r\nX: ${"y".repeat(5000)}`), /breaks off/],
  ] as const) {
    const response = await embed(`${form}--x--\r\n`, { "content-type": "multipart/form-data; boundary=x" });
    assert.equal(response.statusCode, 400, response.body);
    assert.match(response.json().error.message, message);
    assert.doesNotMatch(response.body, /Jane/);
  }
});

test("400: errors of rows have no place in the answer", async () => {
  const response = await embed(text, { "content-type": "text/plain", "medembed-row-errors": "1" });
  assert.equal(response.statusCode, 400);
});

test("web pages of elsewhere may not call, those of the endpoint itself may", async () => {
  const from = (origin: string) => embed(text, { "content-type": "text/plain", host: "localhost:8080", origin });
  for (const origin of ["https://example.org", "null", "http://localhost:3000"]) {
    assert.equal((await from(origin)).statusCode, 400, origin);
  }
  assert.equal((await from("http://localhost:8080")).statusCode, 200);
});

test("a classifier gives no vectors", async () => {
  const labels = await serve(embedder, { deployments: [{ labels: prompted("a", "b") }] });
  const response = await labels.app.inject({
    method: "POST",
    url: "/embed",
    headers: { "content-type": "image/png" },
    payload: image,
  });
  assert.equal(response.statusCode, 400);
  assert.match(response.json().error.message, /labels and no vectors/);
});
