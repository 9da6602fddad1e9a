import assert from "node:assert/strict";
import { test } from "node:test";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { envelope, post, prompted, serve } from "../serving.ts";

const embedder = await openGolden();

const { projection } = embedder.card;
const serving = await serve(embedder, { deployments: [{ name: "blue" }] });
const texts = ["x-ray chest pneumonia", "mri brain"];
const images = goldenImages.slice(0, 2);
const scored = await post(
  serving,
  envelope(
    ["image", "text"],
    images.map((image, i) => [image.toString("base64"), texts[i]]),
  ),
);
const textVectors: number[] = scored.json().flatMap((row: { text_features: number[] }) => row.text_features);
const imageVectors: number[] = scored.json().flatMap((row: { image_features: number[][] }) => row.image_features[0]);

const textInput = { name: "text", shape: [2], datatype: "BYTES", data: texts };
const imageInput = {
  name: "image",
  shape: [2, 1],
  datatype: "BYTES",
  data: images.map((image) => [image.toString("base64")]),
};

function infer(body: unknown, headers: Readonly<Record<string, string>> = {}, url = "/v2/models/blue/infer") {
  const payload = Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return serving.app.inject({ method: "POST", url, headers, payload });
}

/** Each element behind its length. */
function bytesTensor(elements: readonly Buffer[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

function binaryBody(json: unknown, ...tensors: readonly Buffer[]) {
  const head = Buffer.from(JSON.stringify(json));
  return {
    body: Buffer.concat([head, ...tensors]),
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(head.length),
    },
  };
}

const floats = (bytes: Buffer) => Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));

test("texts and images in JSON get the vectors of /score as one tensor each", async () => {
  const response = await infer({ id: "42", parameters: { other: 1 }, inputs: [textInput, imageInput] });
  assert.equal(response.statusCode, 200, response.body);
  assert.deepEqual(response.json(), {
    model_name: "blue",
    id: "42",
    outputs: [
      { name: "image_features", datatype: "FP32", shape: [2, projection], data: imageVectors },
      { name: "text_features", datatype: "FP32", shape: [2, projection], data: textVectors },
    ],
  });
});

test("only the outputs that are asked for are computed, in the order asked", async () => {
  const { outputs } = (await infer({ inputs: [textInput, imageInput], outputs: [{ name: "text_features" }] })).json();
  assert.deepEqual(
    outputs.map(({ name }: { name: string }) => name),
    ["text_features"],
  );
  const broken = { ...imageInput, data: [["AAAA"], ["AAAA"]] };
  const unread = await infer({ inputs: [broken, textInput], outputs: [{ name: "text_features" }] });
  assert.equal(unread.statusCode, 200, "what nobody asks for is not read");
});

test("the inputs need not be of one length", async () => {
  const one = { ...textInput, shape: [1], data: texts.slice(0, 1) };
  const { outputs } = (await infer({ inputs: [one, imageInput] })).json();
  assert.deepEqual(
    outputs.map(({ shape }: { shape: number[] }) => shape),
    [
      [2, projection],
      [1, projection],
    ],
  );
  assert.deepEqual(outputs[1].data, textVectors.slice(0, projection));
});

test("binary tensors carry the files themselves, both ways", async () => {
  const tensors = [bytesTensor(images), bytesTensor(texts.map((text) => Buffer.from(text)))];
  const inputs = ["image", "text"].map((name, i) => ({
    name,
    shape: [2],
    datatype: "BYTES",
    parameters: { binary_data_size: tensors[i].length },
  }));
  const { body, headers } = binaryBody({ inputs, parameters: { binary_data_output: true } }, ...tensors);
  const response = await infer(body, headers);
  assert.equal(response.statusCode, 200, response.body);
  assert.equal(response.headers["content-type"], "application/octet-stream");
  const split = Number(response.headers["inference-header-content-length"]);
  const { outputs } = JSON.parse(response.rawPayload.toString("utf8", 0, split));
  const size = 2 * projection * 4;
  assert.deepEqual(outputs, [
    { name: "image_features", datatype: "FP32", shape: [2, projection], parameters: { binary_data_size: size } },
    { name: "text_features", datatype: "FP32", shape: [2, projection], parameters: { binary_data_size: size } },
  ]);
  assert.deepEqual(floats(response.rawPayload.subarray(split)), [...imageVectors, ...textVectors]);
});

test("one output may be binary and the other JSON", async () => {
  const outputs = [{ name: "text_features" }, { name: "image_features", parameters: { binary_data: true } }];
  const response = await infer({ inputs: [textInput, imageInput], outputs });
  const split = Number(response.headers["inference-header-content-length"]);
  const [text, image] = JSON.parse(response.rawPayload.toString("utf8", 0, split)).outputs;
  assert.deepEqual(text.data, textVectors);
  assert.equal(image.parameters.binary_data_size, 2 * projection * 4);
  assert.deepEqual(floats(response.rawPayload.subarray(split)), imageVectors);
});

test("large images as binary tensors go through a thread and come out the same", async () => {
  const padded = Buffer.concat([images[0], Buffer.alloc(300_000)]); // bytes behind the end of a PNG say nothing
  const tensor = bytesTensor([padded]);
  const input = { name: "image", shape: [1], datatype: "BYTES", parameters: { binary_data_size: tensor.length } };
  const { body, headers } = binaryBody({ inputs: [input] }, tensor);
  assert.deepEqual((await infer(body, headers)).json().outputs[0].data, imageVectors.slice(0, projection));
});

test("a model is called by its deployment's name or its own", async () => {
  for (const name of ["blue", embedder.card.name]) {
    const response = await infer({ inputs: [textInput] }, {}, `/v2/models/${name}/infer`);
    assert.equal(response.json().model_name, "blue");
  }
  const unknown = await infer({ inputs: [textInput] }, {}, "/v2/models/other/infer");
  assert.equal(unknown.statusCode, 404);
  assert.deepEqual(Object.keys(unknown.json()), ["error"]);
});

test("metadata says what infer takes and gives", async () => {
  const { name, extensions } = (await serving.app.inject("/v2")).json();
  assert.deepEqual([name, extensions], ["medembed", ["binary_tensor_data"]]);
  const { inputs, outputs, ...model } = (await serving.app.inject("/v2/models/blue")).json();
  assert.deepEqual(model, { name: "blue", platform: "onnxruntime_onnx" });
  assert.deepEqual(inputs, [
    { name: "image", datatype: "BYTES", shape: [-1] },
    { name: "text", datatype: "BYTES", shape: [-1] },
  ]);
  assert.deepEqual(outputs, [
    { name: "image_features", datatype: "FP32", shape: [-1, projection] },
    { name: "text_features", datatype: "FP32", shape: [-1, projection] },
  ]);
  assert.deepEqual((await serving.app.inject("/v2/models/blue/ready")).json(), { name: "blue", ready: true });
  assert.equal((await serving.app.inject("/v2/models/other")).statusCode, 404);
});

test("health needs no key, all else does, and the log has the pattern of a path", async () => {
  const locked = await serve(embedder, { keys: ["first-key"] });
  assert.deepEqual((await locked.app.inject("/v2/health/live")).json(), { live: true });
  assert.deepEqual((await locked.app.inject("/v2/health/ready")).json(), { ready: true });
  for (const url of ["/v2", "/v2/models/Jane", "/v2/models/default/ready"]) {
    const response = await locked.app.inject(url);
    assert.equal(response.statusCode, 401);
    assert.equal(typeof response.json().error, "string");
    const opened = await locked.app.inject({ url, headers: { authorization: "Bearer first-key" } });
    assert.equal(opened.statusCode, url.endsWith("Jane") ? 404 : 200);
  }
  assert.ok(locked.logged.some(({ route }) => route === "/v2/models/:model"));
  assert.doesNotMatch(JSON.stringify(locked.logged), /Jane|health/);
});

test("a server that loads is live and not ready", async () => {
  const loading = await serve(undefined);
  assert.equal((await loading.app.inject("/v2/health/live")).statusCode, 200);
  for (const url of ["/v2/health/ready", "/v2/models/default/ready", "/v2/models/default"]) {
    const response = await loading.app.inject(url);
    assert.deepEqual([response.statusCode, response.json()], [503, { error: "the model is loading" }]);
  }
});

test("a classifier has no tensors", async () => {
  const labels = await serve(embedder, { deployments: [{ name: "views", labels: prompted("a", "b") }] });
  const asked = await labels.app.inject({
    method: "POST",
    url: "/v2/models/views/infer",
    payload: { inputs: [imageInput] },
  });
  for (const response of [asked, await labels.app.inject("/v2/models/views")]) {
    assert.equal(response.statusCode, 400);
    assert.match(response.json().error, /labels and no vectors/);
  }
});

const REFUSED: readonly [name: string, body: unknown, message: RegExp][] = [
  ["no JSON", Buffer.from("{"), /is not JSON/],
  ["no inputs", { inputs: [] }, /inputs/],
  ["another input", { inputs: [{ ...textInput, name: "audio" }] }, /inputs\.0\.name .*image, text/],
  ["one input twice", { inputs: [textInput, textInput] }, /inputs\.1 is a second input text/],
  ["another datatype", { inputs: [{ ...textInput, datatype: "FP32" }] }, /inputs\.0\.datatype/],
  ["a shape of three axes", { inputs: [{ ...textInput, shape: [1, 1, 2] }] }, /inputs\.0\.shape/],
  ["a shape of two columns", { inputs: [{ ...textInput, shape: [1, 2] }] }, /\[n\] or \[n, 1\]/],
  ["another number of elements", { inputs: [{ ...textInput, shape: [3] }] }, /2 elements, its shape says 3/],
  ["too many elements", { inputs: [{ ...textInput, shape: [1025] }] }, /at most 1024/],
  ["neither data nor bytes", { inputs: [{ ...textInput, data: undefined }] }, /either data or/],
  ["data and bytes", { inputs: [{ ...textInput, parameters: { binary_data_size: 0 } }] }, /either data or/],
  [
    "bytes that are not there",
    { inputs: [{ ...textInput, data: undefined, parameters: { binary_data_size: 9 } }] },
    /9 bytes, behind the JSON are 0 left/,
  ],
  ["another output", { inputs: [textInput], outputs: [{ name: "logits" }] }, /outputs\.0\.name/],
  ["an output without its input", { inputs: [textInput], outputs: [{ name: "image_features" }] }, /has nothing/],
  [
    "one output twice",
    { inputs: [textInput], outputs: [{ name: "text_features" }, { name: "text_features" }] },
    /second text_features/,
  ],
  ["a number for a text", { inputs: [{ ...textInput, data: [1, 2] }] }, /row 0, text/],
];

for (const [name, body, message] of REFUSED) {
  test(`400: ${name}`, async () => {
    const response = await infer(body);
    assert.equal(response.statusCode, 400, response.body);
    const { error, ...others } = response.json();
    assert.match(error, message);
    assert.deepEqual(others, {});
  });
}

test("400: binary tensors that break off, or have something behind them", async () => {
  const good = bytesTensor(texts.map((text) => Buffer.from(text)));
  for (const [tensor, shape, message] of [
    [good.subarray(0, -1), [2], /ends within element 1/],
    [good.subarray(0, 2), [2], /ends within element 0/],
    [good, [1], /behind the last/],
    [good, [3], /ends within element 2/],
  ] as const) {
    const input = { name: "text", shape, datatype: "BYTES", parameters: { binary_data_size: tensor.length } };
    const { body, headers } = binaryBody({ inputs: [input] }, tensor);
    const response = await infer(body, headers);
    assert.equal(response.statusCode, 400);
    assert.match(response.json().error, message);
    const trailing = await infer(Buffer.concat([body, Buffer.from("x")]), headers);
    assert.equal(trailing.statusCode, 400);
  }
  const { body } = binaryBody({ inputs: [textInput] });
  for (const length of ["-1", "1e2", "9999999", "", "x"]) {
    const response = await infer(body, { "inference-header-content-length": length });
    assert.equal(response.statusCode, 400, length);
    assert.match(response.json().error, /Inference-Header-Content-Length|is not JSON/);
  }
});

test("424: an empty element, bytes that are no image, a text that is no UTF-8", async () => {
  for (const [name, element, message] of [
    ["image", Buffer.alloc(0), /row 1, image: it holds no bytes/],
    ["image", Buffer.from("no image"), /row 1, image/],
    ["text", Buffer.from([0x41, 0xff]), /row 1, text: it is not UTF-8/],
    ["text", Buffer.from("  "), /row 1: it has neither/],
  ] as const) {
    const tensor = bytesTensor([name === "image" ? images[0] : Buffer.from("a"), element]);
    const input = { name, shape: [2], datatype: "BYTES", parameters: { binary_data_size: tensor.length } };
    const { body, headers } = binaryBody({ inputs: [input] }, tensor);
    const response = await infer(body, headers);
    assert.equal(response.statusCode, 424, response.body);
    assert.match(response.json().error, message);
  }
});

test("415 for other types, 400 for web pages of elsewhere", async () => {
  assert.equal((await infer({ inputs: [textInput] }, { "content-type": "text/plain" })).statusCode, 415);
  assert.equal((await infer({ inputs: [textInput] }, { origin: "https://example.org" })).statusCode, 400);
});
