// Vectors of the endpoint against those of the reference, and what it can beyond the contract, whose checklist is in
// conformance.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  dot,
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  openGolden,
  temporaryFolder,
} from "../golden-small.ts";
import { altered, envelope, post, type Serving, serve } from "./serving.ts";

const folder = await temporaryFolder();
const serviceEmbedder = await openGolden({ folder, threads: 2, profile: "mi2-service" });
const service = await serve(serviceEmbedder);
const direct = await serve(await openGolden({ folder, threads: 2 }));

const image = goldenImages[0].toString("base64");
const broken = `${image.replace(/.{76}/g, "$&\n")}\n`;
const [, { text }] = golden.texts;
const scaling = serviceEmbedder.card.logitScale;

interface Row {
  image_features?: number[][];
  text_features?: number[];
  scaling_factor?: number;
  error?: { code: string; message: string; row: number; column?: string };
}

async function rowsOf(serving: Serving, body: unknown, headers = {}): Promise<Row[]> {
  const response = await post(serving, body, headers);
  assert.equal(response.statusCode, 200, response.body);
  return response.json();
}

function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = GOLDEN_TOLERANCE): void {
  const difference = largestDifference(found, expected);
  assert.ok(difference <= tolerance, `differs by ${difference}, allowed is ${tolerance}`);
}

const [full] = await rowsOf(service, envelope(["image", "text"], [[image, text]]));

test("an image and a text get the reference's vectors, nested and flat, and the raw logarithm", () => {
  assert.deepEqual(Object.keys(full), ["image_features", "text_features", "scaling_factor"]);
  assert.equal(full.image_features!.length, 1);
  assertNear(full.image_features![0], golden.images[0].service_embedding);
  assertNear(full.text_features!, golden.texts[1].embedding);
  assert.equal(full.scaling_factor, scaling);
  assert.equal(full.scaling_factor, Math.fround(golden.logit_scale));
  for (const vector of [full.image_features![0], full.text_features!]) {
    assert.ok(Math.abs(Math.sqrt(dot(vector, vector)) - 1) < 1e-5);
    assert.deepEqual(Array.from(Float32Array.from(vector)), vector, "all digits of the float32 are there");
  }
});

const both = { image_features: full.image_features, text_features: full.text_features, scaling_factor: scaling };
const imageOnly = { image_features: full.image_features, scaling_factor: scaling };
const textOnly = { text_features: full.text_features, scaling_factor: scaling };

const allParams = {
  get_scaling_factor: true,
  image_standardization_jpeg_compression_ratio: 75,
  image_standardization_image_size: 512,
};

test("rows in any company get the reference's vectors, in the order they were sent", async () => {
  const rows = [
    ...goldenImages.map((bytes) => [bytes.toString("base64"), null]),
    ...golden.texts.slice(1).map((t) => [null, t.text]),
  ];
  const answers = await rowsOf(service, envelope(["image", "text"], rows));
  for (const [i, { service_embedding }] of golden.images.entries()) {
    assertNear(answers[i].image_features![0], service_embedding);
  }
  for (const [i, { embedding }] of golden.texts.slice(1).entries()) {
    assertNear(answers[golden.images.length + i].text_features!, embedding);
  }
});

test("a profile without such options ignores them and says so", async () => {
  const response = await post(direct, envelope(["image"], [[image]], allParams));
  const [row]: Row[] = response.json();
  assertNear(row.image_features![0], golden.images[0].embedding);
  assert.equal(response.headers["medembed-profile"], "direct");
  assert.equal(response.headers["medembed-warnings"], "image-params-ignored");
});

test("an end token in a text is told", async () => {
  const response = await post(service, envelope(["text"], [["stop <|endoftext|> here"]]));
  assert.equal(response.headers["medembed-warnings"], "text-has-end-token");
});

test("as an object the answer nests both kinds and has the factor once", async () => {
  const headers = { "medembed-response-form": "object" };
  const body = envelope(
    ["image", "text"],
    [
      [image, text],
      [null, text],
    ],
  );
  assert.deepEqual(await rowsOf(service, body, headers), {
    image_features: full.image_features,
    text_features: [full.text_features, full.text_features],
    scaling_factor: scaling,
  });
  const texts = envelope(["text"], [[text]], { get_scaling_factor: false });
  assert.deepEqual(await rowsOf(service, texts, headers), { text_features: [full.text_features] });
});

test("the answer names deployment, weights, profile and times", async () => {
  const { headers } = await post(service, envelope(["text"], [[text]]));
  assert.equal(headers["azureml-model-deployment"], "default");
  assert.equal(headers["medembed-model"], serviceEmbedder.card.weights);
  assert.equal(headers["medembed-profile"], "mi2-service");
  assert.match(String(headers["medembed-queue-ms"]), /^\d+\.\d$/);
  assert.match(String(headers["medembed-compute-ms"]), /^\d+\.\d$/);
  assert.match(String(headers["content-type"]), /^application\/json/);
});

test("a packed body is unpacked, and a large one is parsed in a thread to the same answer", async () => {
  const body = envelope(
    ["image", "text", "Name"],
    [
      [image, text, ""],
      [broken, null, "x".repeat(300_000)],
    ],
  );
  const expected = [both, imageOnly];
  assert.deepEqual(await rowsOf(service, body), expected);
  const headers = { "content-encoding": "gzip" };
  assert.deepEqual(await rowsOf(service, gzipSync(JSON.stringify(body)), headers), expected);
});

test("with medembed-row-errors a bad row fails alone", async () => {
  const rows = [
    [image, text],
    ["AAAA", text],
    [null, null],
    ["https://example.org/x.png", ""],
    [null, 7],
    [null, text],
  ];
  const answers = await rowsOf(service, envelope(["image", "text"], rows), { "medembed-row-errors": "1" });
  assert.deepEqual([answers[0], answers[5]], [both, textOnly]);
  assert.deepEqual(
    answers.slice(1, 5).map(({ error }) => [error!.code, error!.row, error!.column]),
    [
      ["image_undecodable", 1, "image"],
      ["row_empty", 2, undefined],
      ["image_url_refused", 3, "image"],
      ["invalid_request", 4, "text"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(answers), /example\.org/);
});

test("an answer of megabytes comes whole and in order", async () => {
  const wide = await serve(
    altered(serviceEmbedder, {
      embedText: async (given) => Float32Array.from({ length: 1024 }, (_, i) => (i === given.length ? 1 : 0)),
    }),
  );
  const rows = Array.from({ length: 1024 }, (_, i) => ["x".repeat((i % 1000) + 1)]);
  const answers = await rowsOf(wide, envelope(["text"], rows));
  assert.ok(JSON.stringify(answers).length > 2 * 2 ** 20);
  assert.deepEqual(
    answers.map(({ text_features }) => text_features!.indexOf(1)),
    rows.map(([{ length }]) => length),
  );
});
