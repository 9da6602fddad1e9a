import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { CachingEmbedder } from "../../src/server/cache/caching-embedder.ts";
import { VectorCache } from "../../src/server/cache/vector-cache.ts";
import { PARSERS, type ParserName } from "../../src/server/calls/parsers.ts";
import { goldenImages, openGolden } from "../golden-small.ts";
import { envelope, post, serve } from "./serving.ts";

const PARSER_RUNS = 1_000;
/** Of each of four doors, ten thousand together; each goes the whole way to an answer. */
const CALL_RUNS = 2_500;

const embedder = await openGolden();
/** What was good enough to be embedded once is not computed again: the bodies are the point. */
const caching = new CachingEmbedder(embedder, { memory: new VectorCache(2 ** 24) });
const serving = await serve(caching);

interface Sent {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const image = goldenImages[0].toString("base64");
const JSON_TYPE = { "content-type": "application/json" };

/** Good bodies in JSON, to be spoilt. */
const SCORE = envelope(["image", "text"], [[image, "chest"], { text: "brain" }], { get_scaling_factor: "true" });
const EMBEDDINGS = {
  model: "default",
  input: ["chest", `data:image/png;base64,${image}`, { text: "brain" }],
  encoding_format: "base64",
  dimensions: embedder.card.projection,
};
const INFER = {
  id: "1",
  parameters: { binary_data_output: true },
  inputs: [
    { name: "text", shape: [2, 1], datatype: "BYTES", data: [["chest"], ["brain"]] },
    { name: "image", shape: [1], datatype: "BYTES", data: [image] },
  ],
  outputs: [{ name: "image_features", parameters: { binary_data: false } }, { name: "text_features" }],
};

/** A good one with the value at one place replaced by any other. */
function spoiltJson(good: object): fc.Arbitrary<Sent> {
  return fc
    .tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e99, "", null, [], {})))
    .map(([at, value]) => {
      const copy = JSON.parse(JSON.stringify(good));
      const places = placesOf(copy);
      const [holder, key] = places[at % places.length];
      holder[key] = value;
      return { body: Buffer.from(JSON.stringify(copy)), headers: JSON_TYPE };
    });
}

type Holder = Record<string, unknown>;

function placesOf(holder: Holder): [Holder, string][] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as [Holder, string],
    ...(typeof value === "object" && value !== null ? placesOf(value as Holder) : []),
  ]);
}

/** A good body with bytes cut out and others put in. */
function spoiltBytes({ body, headers }: Sent): fc.Arbitrary<Sent> {
  return fc.tuple(fc.nat(), fc.nat({ max: 200 }), fc.uint8Array({ maxLength: 20 })).map(([at, length, bytes]) => {
    const start = at % body.length;
    return { body: Buffer.concat([body.subarray(0, start), bytes, body.subarray(start + length)]), headers };
  });
}

const anyBytes = (headers: Sent["headers"]) =>
  fc.uint8Array({ maxLength: 500 }).map((bytes): Sent => ({ body: Buffer.from(bytes), headers }));

const hostileJson = (good: object) =>
  fc.oneof(
    spoiltJson(good),
    spoiltBytes({ body: Buffer.from(JSON.stringify(good)), headers: JSON_TYPE }),
    anyBytes(JSON_TYPE),
  );

function binaryInfer(): Sent {
  const text = Buffer.from("\x05\0\0\0chest\x05\0\0\0brain");
  const input = { name: "text", shape: [2], datatype: "BYTES", parameters: { binary_data_size: text.length } };
  const json = Buffer.from(JSON.stringify({ inputs: [input] }));
  return {
    body: Buffer.concat([json, text]),
    headers: { "content-type": "application/octet-stream", "inference-header-content-length": String(json.length) },
  };
}

function form(): Sent {
  const part = (name: string, content: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\n\r\n${content}\r\n`;
  return {
    body: Buffer.from(`${part("text", "chest")}${part("image", goldenImages[0].toString("latin1"))}--x--`, "latin1"),
    headers: { "content-type": "multipart/form-data; boundary=x" },
  };
}

const DOORS: readonly { readonly parser: ParserName; readonly url: string; readonly bodies: fc.Arbitrary<Sent> }[] = [
  { parser: "score", url: "/score", bodies: hostileJson(SCORE) },
  { parser: "embeddings", url: "/v1/embeddings", bodies: hostileJson(EMBEDDINGS) },
  {
    parser: "infer",
    url: "/v2/models/default/infer",
    bodies: fc.oneof(hostileJson(INFER), spoiltBytes(binaryInfer())),
  },
  {
    parser: "embed",
    url: "/embed",
    bodies: fc.oneof(
      spoiltBytes(form()),
      anyBytes({ "content-type": "multipart/form-data; boundary=x" }),
      spoiltBytes({ body: goldenImages[0], headers: { "content-type": "image/png" } }),
      anyBytes({ "content-type": "text/plain" }),
    ),
  },
];

for (const { parser, url, bodies } of DOORS) {
  test(`${url}: whatever the body, it is rows or refused`, () => {
    fc.assert(
      fc.property(bodies, ({ body, headers }) => {
        const options = {
          maxRows: 8,
          contentType: headers["content-type"],
          jsonLength: headers["inference-header-content-length"],
        };
        try {
          const { rows } = PARSERS[parser](new Uint8Array(body), options);
          assert.ok(rows.length > 0 && rows.length <= 8);
          for (const { image, text, fault } of rows) assert.ok(image ?? text ?? fault);
        } catch (error) {
          if (!(error instanceof MedembedError)) throw error;
          assert.equal(error.code, "invalid-request");
        }
      }),
      { numRuns: PARSER_RUNS },
    );
  });

  test(`${url}: whatever the body, there is an answer, and none of ours is broken`, async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async ({ body, headers }) => {
        const response = await serving.app.inject({ method: "POST", url, headers, payload: body });
        assert.ok([200, 400, 404, 424].includes(response.statusCode), `${response.statusCode} ${response.body}`);
        if (response.statusCode !== 200) assert.ok(response.json().error);
      }),
      { numRuns: CALL_RUNS },
    );
    assert.equal(serving.load.pending, 0);
  });
}

test("after ten thousand of them a good body gets its vectors", async () => {
  const [both, text] = (await post(serving, SCORE)).json();
  assert.deepEqual(both.image_features, [Array.from(await embedder.embedImage(goldenImages[0]))]);
  assert.deepEqual(both.text_features, Array.from(await embedder.embedText("chest")));
  assert.deepEqual(text.text_features, Array.from(await embedder.embedText("brain")));
  assert.equal(serving.load.pending, 0);
});
