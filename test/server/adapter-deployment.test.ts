import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Adapter, type AdapterCard } from "../../src/applications/adapters/adapter.ts";
import { saveAdapter } from "../../src/applications/adapters/adapter-files.ts";
import { stack } from "../../src/applications/matrix.ts";
import { Deployment } from "../../src/server/deployment.ts";
import { goldenImages, openGolden, temporaryFolder } from "../golden-small.ts";
import { altered, deploymentConfig, envelope, post, serve } from "./serving.ts";

const embedder = await openGolden({ profile: "mi2-service" });
const folder = await temporaryFolder();
const LABELS = ["noise", "stripes"];
const { card, profile } = embedder;
const space = { model: card.name, weights: card.weights, profile, dimensions: card.projection };

/** The neighbours of two golden pictures, each with a label. */
async function makeAdapter(name: string, special: Partial<AdapterCard["space"]> = {}): Promise<Adapter> {
  const vectors = stack(await Promise.all(goldenImages.slice(0, 2).map((bytes) => embedder.embedImage(bytes))));
  const adapter = new Adapter(
    {
      labels: LABELS,
      space: { ...space, ...special },
      head: "k-nn",
      settings: { k: 1 },
      temperature: 1,
      operatingPoints: {},
    },
    {
      vectors: { shape: [2, vectors.columns], values: vectors.values },
      labels: { shape: [2], values: Float32Array.of(0, 1) },
      classWeights: { shape: [2], values: Float32Array.of(1, 1) },
    },
  );
  await saveAdapter(adapter, join(folder, name));
  return adapter;
}

const adapter = await makeAdapter("own");
const images = goldenImages.slice(0, 2).map((bytes) => bytes.toString("base64"));
const rows = images.map((image) => [image]);
const deployments = [{ name: "pictures", adapter: join(folder, "own") }];

test("a deployment with an adapter lists its labels with their probabilities, best first", async () => {
  const serving = await serve(embedder, { deployments });
  const response = await post(serving, envelope(["image"], rows));
  assert.equal(response.statusCode, 200);
  for (const [i, answer] of response.json().entries()) {
    const values = await embedder.embedImage(goldenImages[i]);
    const { values: expected } = adapter.probabilities({ rows: 1, columns: values.length, values });
    assert.deepEqual(
      answer.map(({ label }: { label: string }) => label),
      i === 0 ? LABELS : [...LABELS].reverse(),
    );
    for (const { label, score } of answer) assert.equal(score, expected[LABELS.indexOf(label)]);
  }
});

test("a call that asks for another profile than the adapter knows is refused", async () => {
  const serving = await serve(embedder, { deployments });
  const params = { image_standardization_jpeg_compression_ratio: 95 };
  const refused = await post(serving, envelope(["image"], rows, params));
  assert.equal(refused.statusCode, 400);
  assert.match(refused.json().error.message, /labels by an adapter for the profile mi2-service: .* leave them out/);
  const usual = { image_standardization_jpeg_compression_ratio: 75 };
  assert.equal((await post(serving, envelope(["image"], rows, usual))).statusCode, 200);
});

test("it is no model of vectors: other formats do not list it and refuse it", async () => {
  const serving = await serve(embedder, { deployments });
  assert.deepEqual((await serving.app.inject("/v1/models")).json().data, []);
  const payload = { model: "pictures", input: "chest" };
  const response = await serving.app.inject({ method: "POST", url: "/v1/embeddings", payload });
  assert.equal(response.statusCode, 400);
  assert.match(response.json().error.message, /labels and no vectors/);
});

test("an adapter of other weights or another profile keeps its deployment from loading", async () => {
  await makeAdapter("other-weights", { weights: "0f".repeat(32) });
  await makeAdapter("other-profile", { profile: "direct" });
  for (const name of ["other-weights", "other-profile"]) {
    const deployment = new Deployment(deploymentConfig({ adapter: join(folder, name) }));
    const shared = altered(embedder, { close: async () => {} });
    await assert.rejects(
      deployment.load(async () => shared),
      { code: "wrong-space", message: /train it anew$/ },
    );
    assert.equal(deployment.state, "loading");
  }
});
