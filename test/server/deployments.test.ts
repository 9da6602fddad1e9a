import assert from "node:assert/strict";
import { test } from "node:test";
import { promptLabels } from "../../src/applications/zero-shot/fill-templates.ts";
import { Deployment } from "../../src/server/deployment.ts";
import { cosine, goldenImages, openGolden } from "../golden-small.ts";
import { deploymentConfig, envelope, heldEmbedder, post, prompted, serve, until } from "./serving.ts";

const embedder = await openGolden();

const [image, gray] = goldenImages.map((bytes) => bytes.toString("base64"));
const chest = envelope(["text"], [["chest"]]);
const named = (name: string) => ({ "azureml-model-deployment": name });

test("a deployment has a bound of its own", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(held, {
    deployments: [
      { name: "narrow", traffic: 100, maxPending: 1 },
      { name: "wide", traffic: 0 },
    ],
  });
  hold();
  const first = post(serving, chest);
  await until(() => begun() === 1);
  const second = await post(serving, chest);
  assert.equal(second.statusCode, 429);
  assert.match(String(second.headers["retry-after"]), /^[1-9]\d*$/);
  assert.equal(serving.deployment.refused, 1);
  const elsewhere = post(serving, chest, named("wide"));
  release();
  assert.deepEqual([(await first).statusCode, (await elsewhere).statusCode], [200, 200]);
  assert.equal((await post(serving, chest)).statusCode, 200);
});

test("a classifier lists every label with its score, best first", async () => {
  const labels = ["x-ray chest pneumonia", "mri brain", "blood smear"];
  const serving = await serve(embedder, { deployments: [{ labels: prompted(...labels) }] });
  const response = await post(
    serving,
    envelope(
      ["image", "text"],
      [
        [image, "ignored"],
        [gray, null],
      ],
    ),
  );
  assert.equal(response.statusCode, 200);
  const rows = response.json();
  assert.equal(rows.length, 2);
  const vector = await embedder.embedImage(goldenImages[0]);
  const texts = await Promise.all(labels.map((label) => embedder.embedText(`${label}.`)));
  const weights = texts.map((text) => Math.exp(Math.exp(embedder.card.logitScale) * cosine(vector, text)));
  const expected = weights.map((weight) => weight / weights.reduce((a, b) => a + b));
  for (const { label, score } of rows[0]) assert.ok(Math.abs(score - expected[labels.indexOf(label)]) < 1e-5, label);
  for (const row of rows) {
    const scores = row.map(({ score }: { score: number }) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    assert.ok(Math.abs(scores.reduce((sum: number, score: number) => sum + score, 0) - 1) < 1e-6);
  }
});

test("a classifier answers labels with a text for their absence each by itself, and averages ways to say one", async () => {
  const ways = (label: string, prompt: string, negative: string) => ({ label, prompt, negative });
  const labels = promptLabels([
    ways("noise", "blood smear", "mri brain"),
    ways("noise", "histopathology", "ultrasound"),
    ways("other", "chest", "no chest"),
  ]);
  const serving = await serve(embedder, { deployments: [{ labels }] });
  const [scores] = (await post(serving, envelope(["image"], [[image]]))).json();
  const vector = await embedder.embedImage(goldenImages[0]);
  const direction = async (...texts: string[]) => {
    const vectors = await Promise.all(texts.map((text) => embedder.embedText(text)));
    return vectors[0].map((_, i) => vectors.reduce((sum, one) => sum + one[i], 0));
  };
  const [present, absent] = [
    await direction("blood smear", "histopathology"),
    await direction("mri brain", "ultrasound"),
  ];
  const scale = Math.exp(embedder.card.logitScale);
  const expected = 1 / (1 + Math.exp(scale * (cosine(vector, absent) - cosine(vector, present))));
  const { score } = scores.find(({ label }: { label: string }) => label === "noise");
  assert.ok(Math.abs(score - expected) < 1e-5, `${score}, expected ${expected}`);
  assert.deepEqual(scores.map(({ label }: { label: string }) => label).sort(), ["noise", "other"]);
});

test("a classifier needs an image in every row", async () => {
  const serving = await serve(embedder, { deployments: [{ labels: prompted("a", "b") }] });
  const refused = await post(serving, chest);
  assert.equal(refused.statusCode, 424);
  assert.equal(refused.json().error.code, "row_empty");
  const tolerated = await post(
    serving,
    envelope(
      ["image", "text"],
      [
        [null, "a"],
        [image, ""],
      ],
    ),
    {
      "medembed-row-errors": "1",
    },
  );
  assert.equal(tolerated.json()[0].error.code, "row_empty");
  assert.equal(tolerated.json()[1].length, 2);
});

test("a deployment has a response form of its own, and a call may ask for another", async () => {
  const serving = await serve(embedder, { deployments: [{ responseForm: "object" }] });
  const usual = await post(serving, chest);
  assert.equal(usual.json().text_features.length, 1);
  const list = await post(serving, chest, { "medembed-response-form": "list" });
  assert.deepEqual(list.json()[0].text_features, usual.json().text_features[0]);
});

test("a shadow gets a copy of its share, and nobody sees what it makes of it", async () => {
  let drawn = 0;
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(embedder, {
    deployments: [
      { name: "blue", traffic: 100 },
      { name: "dark", traffic: 0, mirror: 50 },
    ],
    random: () => drawn,
  });
  const [, dark] = serving.endpoint.deployments;
  await dark.load(async () => held);
  hold();
  const answer = await post(serving, chest);
  assert.equal(answer.headers["azureml-model-deployment"], "blue");
  assert.equal(begun(), 1, "the copy is still in work when the answer is there");
  drawn = 0.5;
  await post(serving, chest);
  assert.deepEqual(serving.shadowing.counts, { copied: 1, failed: 0, skipped: 0 });
  release();
  await dark.close(); // waits for the copy
  drawn = 0;
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.deepEqual(serving.shadowing.counts, { copied: 1, failed: 0, skipped: 1 });
});

test("a retired deployment closes after its last call, and new calls go to its successor", async () => {
  const { held, hold, begun, release } = heldEmbedder(embedder);
  const serving = await serve(held);
  hold();
  const call = post(serving, chest);
  await until(() => begun() === 1);
  const successor = new Deployment(deploymentConfig());
  await successor.load(async () => embedder);
  const [retired] = serving.endpoint.replace([successor]);
  let isClosed = false;
  const closed = retired.close().then(() => {
    isClosed = true;
  });
  assert.equal((await post(serving, chest)).statusCode, 200);
  assert.equal(isClosed, false);
  release();
  assert.equal((await call).statusCode, 200);
  await closed;
});
