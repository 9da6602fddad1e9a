// The conformance checklist of the MedImageInsight contract, point by point, with real pictures, the model that ships with
// medembed and its 1024 dimensions, over a socket, by plain `fetch`. That the vectors are right is not asked here (score.test.ts
// compares with the reference) but that every way to ask gives the same ones. Refusals in full are in refusals.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import sharp from "sharp";
import { Embedder } from "../../src/embedder.ts";
import { imageFetcher } from "../../src/server/calls/fetch-image.ts";
import type { ServingEmbedder } from "../../src/server/deployment.ts";
import { cosine, dot, temporaryFolder } from "../golden-small.ts";
import { envelope, heldEmbedder, serve, until } from "./serving.ts";

const PICTURES = join(import.meta.dirname, "../../examples/images");
const labels: { file: string; prompt: string }[] = JSON.parse(await readFile(join(PICTURES, "labels.json"), "utf8"));
const pictures = await Promise.all(labels.map(({ file }) => readFile(join(PICTURES, file))));
const inBase64 = pictures.map((bytes) => bytes.toString("base64"));

const embedder = await Embedder.open({
  profile: "mi2-service",
  precision: "fp32",
  threads: 2,
  cacheFolder: await temporaryFolder(),
});
after(() => embedder.close());
const scaling = embedder.card.logitScale;

interface Row {
  image_features?: number[][];
  text_features?: number[];
  scaling_factor?: number;
}

/** The endpoint on a socket. */
async function listen(inner: ServingEmbedder | undefined = embedder, options: Parameters<typeof serve>[1] = {}) {
  const serving = await serve(inner, options);
  await serving.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = serving.app.server.address() as AddressInfo;
  const score = (body: unknown, headers: Readonly<Record<string, string>> = {}, signal: AbortSignal | null = null) =>
    fetch(`http://127.0.0.1:${port}/score`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal,
    });
  const rowsOf = async (body: unknown): Promise<Row[]> => {
    const response = await score(body);
    assert.equal(response.status, 200);
    return (await response.json()) as Row[];
  };
  return { serving, port, score, rowsOf };
}

const { serving: lone, score, rowsOf } = await listen();
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const named = (name: string) => ({ "azureml-model-deployment": name });

const text = labels[0].prompt;
const chest = envelope(["text"], [["chest"]]);
const [image] = inBase64;
const image_features = [Array.from(await embedder.embedImage(pictures[0]))];
const text_features = Array.from(await embedder.embedText(text));
const both = { image_features, text_features, scaling_factor: scaling };
const imageOnly = { image_features, scaling_factor: scaling };
const textOnly = { text_features, scaling_factor: scaling };

const broken = `${image.replace(/.{76}/g, "$&\n")}\n`;
const usualParams = {
  get_scaling_factor: true,
  image_standardization_jpeg_compression_ratio: 75,
  image_standardization_image_size: 512,
};
const pair = (first: unknown, second: unknown) => envelope(["image", "text"], [first, second]);

type Variant = readonly [name: string, body: unknown, expected: readonly unknown[]];

/** Every variant that clients are known to send (contract, section 2.1), by its number there. */
const VARIANTS: readonly Variant[] = [
  ["1 both cells", envelope(["image", "text"], [[image, text]]), [both]],
  ["2 reversed columns", envelope(["text", "image"], [[text, image]]), [both]],
  ["2 only images", envelope(["image"], [[image]]), [imageOnly]],
  ["3 only texts", envelope(["text"], [[text]]), [textOnly]],
  ["4 absent is empty", pair([image, ""], ["", text]), [imageOnly, textOnly]],
  ["4 absent is a text of white space", envelope(["image", "text"], [[image, " \n"]]), [imageOnly]],
  ["5 absent is null", pair([image, null], [null, text]), [imageOnly, textOnly]],
  ["6 mixed rows", pair([image, text], [null, text]), [both, textOnly]],
  ["7 an index", { input_data: { columns: ["text"], index: [1, 0], data: [[text], [text]] } }, [textOnly, textOnly]],
  ["7 a bare index", { input_data: { columns: ["text"], index: 7, data: [[text]] } }, [textOnly]],
  ["8 rows as objects", pair({ image, text }, { text }), [both, textOnly]],
  ["8 rows as objects, columns reversed", envelope(["text", "image"], [{ image, text: null }]), [imageOnly]],
  ["9 params {}", envelope(["text"], [[text]], {}), [textOnly]],
  ["9 params null", envelope(["text"], [[text]], null), [textOnly]],
  ...[true, "true", "True", null].map(
    (flag): Variant => [
      `10 scaling ${typeof flag} ${flag}`,
      envelope(["text"], [[text]], { get_scaling_factor: flag }),
      [textOnly],
    ],
  ),
  ...[false, "false", "False", "FALSE"].map(
    (flag): Variant => [
      `10 scaling ${typeof flag} ${flag}`,
      envelope(["image", "text"], [{ image, text }, { image }, { text }], { get_scaling_factor: flag }),
      [{ image_features, text_features }, { image_features }, { text_features }],
    ],
  ),
  ["11 all params", envelope(["image", "text"], [[image, text]], usualParams), [both]],
  [
    "11 params that are zero, null and unknown",
    envelope(["image"], [[image]], {
      image_standardization_jpeg_compression_ratio: 0,
      image_standardization_image_size: null,
      other: [1],
    }),
    [imageOnly],
  ],
  [
    "11 numbers as strings",
    envelope(["image"], [[image]], { image_standardization_jpeg_compression_ratio: "75" }),
    [imageOnly],
  ],
  ["12 base64 in lines", envelope(["image"], [[broken]]), [imageOnly]],
  ["12 base64 in lines that end as on Windows", envelope(["image"], [[broken.replaceAll("\n", "\r\n")]]), [imageOnly]],
  ["12 base64 without padding", envelope(["image"], [[image.replace(/=+$/, "")]]), [imageOnly]],
  ["12 base64 as a data URL", envelope(["image"], [[`data:image/png;base64,${image}`]]), [imageOnly]],
  ["a column of another name", envelope(["Name", "text"], [["x", text]]), [textOnly]],
];

for (const [name, body, expected] of VARIANTS) {
  test(`1. variant ${name}: the same vectors to the bit`, async () => assert.deepEqual(await rowsOf(body), expected));
}

test("1. variant 13 PNG, JPEG and TIFF: the vectors of the files", async () => {
  const found = await rowsOf(
    envelope(
      ["image"],
      inBase64.map((cell) => [cell]),
    ),
  );
  for (const [i, bytes] of pictures.entries()) {
    assert.deepEqual(found[i].image_features, [Array.from(await embedder.embedImage(bytes))], labels[i].file);
  }
  const formats = new Set(await Promise.all(pictures.map(async (bytes) => (await sharp(bytes).metadata()).format)));
  assert.deepEqual([...formats].sort(), ["jpeg", "png", "tiff"]);
});

test("1. variant 14 an address, where its host is allowed", async () => {
  const host = createServer((_, response) => response.end(pictures[0]));
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  after(() => host.close());
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const limits = { origins: [origin], allowPrivate: true, maxBytes: 2 ** 24, timeoutMs: 60_000 };
  const fetching = await listen(embedder, { fetchImage: imageFetcher(limits) });
  assert.deepEqual(await fetching.rowsOf(pair([`${origin}/a.png`, text], [image, null])), [both, imageOnly]);
});

const rows = labels.flatMap(({ prompt }, i) => [
  [inBase64[i], prompt],
  [null, prompt],
  [inBase64[i], ""],
]);
const answers = await rowsOf(envelope(["image", "text"], rows));

test("2. one object a row, in order; absent halves have no key; the scaling factor is in all", () => {
  assert.deepEqual(
    answers.map((answer) => Object.keys(answer)),
    labels.flatMap(() => [
      ["image_features", "text_features", "scaling_factor"],
      ["text_features", "scaling_factor"],
      ["image_features", "scaling_factor"],
    ]),
  );
  for (const { scaling_factor } of answers) assert.equal(scaling_factor, scaling);
});

test("3. images nested and texts flat, 1024 numbers, length 1, every digit of the float32", () => {
  for (const { image_features = [], text_features: flat } of answers) {
    for (const vector of [...image_features, ...(flat ? [flat] : [])]) {
      assert.equal(vector.length, 1024);
      assert.ok(vector.every(Number.isFinite));
      assert.ok(Math.abs(Math.sqrt(dot(vector, vector)) - 1) < 1e-5);
      assert.deepEqual(Array.from(Float32Array.from(vector)), vector);
    }
  }
});

test("4. a batch gives each row the vectors that it has alone, and gives them again, to the bit", async () => {
  assert.deepEqual(await rowsOf(envelope(["image", "text"], rows)), answers);
  const singles = await Promise.all(rows.map((row) => rowsOf(envelope(["image", "text"], [row]))));
  assert.deepEqual(singles.flat(), answers);
});

test("5. the same pixels as gray and as RGB give one vector; base64 in lines is among the variants", async () => {
  const one = await sharp(pictures[0]).removeAlpha().toColourspace("b-w").png().toBuffer();
  const three = await sharp(one).toColourspace("srgb").png().toBuffer();
  assert.deepEqual(
    (await Promise.all([one, three].map((png) => sharp(png).metadata()))).map((m) => m.channels),
    [1, 3],
  );
  const found = await rowsOf(
    envelope(
      ["image"],
      [one, three].map((png) => [png.toString("base64")]),
    ),
  );
  assert.deepEqual(found[0], found[1]);
});

test("6. quality and size change the image vector a little, the text vector not at all, and stand in the profile", async () => {
  const cases = [
    [{ image_standardization_jpeg_compression_ratio: 95 }, "mi2-service;jpegQuality=95"],
    [{ image_standardization_image_size: 480 }, "mi2-service;standardSize=480"],
    [{ image_standardization_image_size: "480" }, "mi2-service;standardSize=480"],
  ] as const;
  for (const [params, profile] of cases) {
    const response = await score(envelope(["image", "text"], [[image, text]], params));
    const [row] = (await response.json()) as Row[];
    assert.notDeepEqual(row.image_features, image_features);
    assert.ok(cosine(row.image_features![0], image_features[0]) > 0.95);
    assert.deepEqual(row.text_features, text_features);
    assert.equal(response.headers.get("medembed-profile"), profile);
    assert.equal(response.headers.get("medembed-warnings"), null);
  }
});

test("7. texts are cut after 75 tokens, and a full stop counts", async () => {
  const words = (count: number) => Array.from({ length: count }, () => "chest").join(" ");
  assert.equal(embedder.tokenize(words(75)).length, 77, "with both ends");
  const texts = [words(74), words(75), words(76), words(200), text, `${text}.`].map((one) => [one]);
  const [at74, at75, at76, at200, plain, stopped] = await rowsOf(envelope(["text"], texts));
  assert.notDeepEqual(at74, at75);
  assert.deepEqual(at76, at75);
  assert.deepEqual(at200, at75);
  assert.notDeepEqual(stopped, plain);
});

test("8. both keys open, rotating the primary leaves the secondary, and another is 401", async () => {
  const keyed = await listen(embedder, { keys: ["first-key", "second-key"] });
  const statusWith = async (key: string) => (await keyed.score(chest, bearer(key))).status;
  const opens = async (...keys: string[]) => Promise.all(keys.map(statusWith));
  assert.deepEqual(await opens("first-key", "second-key", "third-key"), [200, 200, 401]);
  keyed.serving.keys.replace({
    scoring: [
      { name: "key-0", key: "third-key" },
      { name: "key-1", key: "second-key" },
    ],
  });
  assert.deepEqual(await opens("first-key", "second-key", "third-key"), [401, 200, 200]);
});

test("8. a wrong key is answered while the body is still on its way", async () => {
  const { serving, port } = await listen(embedder, { keys: ["first-key"] });
  const socket = connect(port, "127.0.0.1");
  after(() => socket.destroy());
  const head = ["Host: localhost", "Authorization: Bearer other", "Content-Length: 1000000"].join("\r\n");
  socket.write(`POST /score HTTP/1.1\r\n${head}\r\nContent-Type: application/json\r\n\r\n{`);
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 401 /);
  assert.equal(serving.load.counts.finished, 0, "it was never let in");
});

test("9. the header picks a deployment whatever its traffic; without it the weights decide", async () => {
  let drawn = 0;
  const { score: ask } = await listen(embedder, {
    deployments: [
      { name: "blue", traffic: 90 },
      { name: "green", traffic: 10 },
      { name: "idle", traffic: 0 },
    ],
    random: () => drawn,
  });
  const answeredBy = async (headers = {}) => (await ask(chest, headers)).headers.get("azureml-model-deployment");
  for (const [random, name] of [
    [0, "blue"],
    [0.899, "blue"],
    [0.9, "green"],
    [0.999, "green"],
  ] as const) {
    drawn = random;
    assert.equal(await answeredBy(), name);
    assert.equal(await answeredBy(named("idle")), "idle");
  }
  assert.equal((await ask(chest, named("red"))).status, 404);
});

test("9. where no deployment takes traffic a call must name one; a lone one needs no name", async () => {
  const { score: ask } = await listen(embedder, { deployments: [{ name: "blue", traffic: 0 }] });
  const refused = await ask(chest);
  assert.equal(refused.status, 404);
  assert.equal(((await refused.json()) as { error: { code: string } }).error.code, "deployment_not_found");
  assert.equal((await ask(chest, named("blue"))).status, 200);
  assert.equal((await score(chest)).headers.get("azureml-model-deployment"), "default");
});

/** The answer is JSON, also when it is none that was hoped for. */
async function codeOf(response: Response): Promise<string> {
  assert.match(String(response.headers.get("content-type")), /^application\/json/);
  return ((await response.json()) as { error: { code: string } }).error.code;
}

test("10. 413 and 424 are JSON, and 424 has both headers", async () => {
  const { score: ask } = await listen(embedder, { limits: { maxBodyBytes: 10_000 } });
  const large = await ask(envelope(["text"], [["x".repeat(5_000_000)]]));
  assert.deepEqual([large.status, await codeOf(large)], [413, "request_too_large"]);
  const bad = await score(pair([image, text], ["AAAA", text]));
  assert.deepEqual([bad.status, await codeOf(bad)], [424, "image_undecodable"]);
  assert.equal(bad.headers.get("ms-azureml-model-error-statuscode"), "400");
  assert.equal(bad.headers.get("ms-azureml-model-error-reason"), "image_undecodable row=1");
});

test("10. 429 and 503 are JSON and have Retry-After; a closed client's work is dropped", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const { serving, score: ask } = await listen(held, { limits: { maxPending: 2 } });
  hold();
  const worked = ask(chest);
  await until(() => begun() === 1);
  const client = new AbortController();
  const queued = assert.rejects(ask(envelope(["text"], [["one"], ["two"]]), {}, client.signal), { name: "AbortError" });
  await until(() => serving.load.stages.queued === 1);

  const busy = await ask(chest);
  assert.deepEqual([busy.status, await codeOf(busy)], [429, "too_many_pending"]);
  assert.match(String(busy.headers.get("retry-after")), /^[1-9]\d*$/);

  client.abort();
  await queued;
  await until(() => serving.load.pending === 1);
  assert.deepEqual([serving.load.counts.left, serving.load.dropped.queued], [1, 1]);
  release();
  assert.equal((await worked).status, 200);
  assert.equal((await ask(chest)).status, 200);
  assert.equal(begun(), 1, "nothing of what nobody waited for was begun");

  serving.endpoint.stop();
  const stopping = await ask(chest);
  assert.deepEqual([stopping.status, await codeOf(stopping)], [503, "stopping"]);
  assert.match(String(stopping.headers.get("retry-after")), /^[1-9]\d*$/);
});

test("nothing of all this is pending in the end", () => assert.equal(lone.load.pending, 0));
