import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { envelope, post, prompted, serve } from "../serving.ts";

const embedder = await openGolden();

const headers = { authorization: "Bearer first-key" };
const serving = await serve(embedder, { keys: ["first-key"], deployments: [{ name: "blue" }] });
const address = await serving.app.listen({ host: "127.0.0.1", port: 0 });
const clientWith = (apiKey: string) => new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries: 0 });
const client = clientWith("first-key");

const texts = ["x-ray chest pneumonia", "mri brain"];
const image = goldenImages[0].toString("base64");
const dataUrl = `data:image/png;base64,${image}`;
const scored = await post(
  serving,
  envelope(
    ["image", "text"],
    texts.map((text) => [image, text]),
  ),
  headers,
);
const textVectors: number[][] = scored.json().map((row: { text_features: number[] }) => row.text_features);
const [imageVector]: number[][] = scored.json()[0].image_features;
const [short, long] = texts.map((text) => embedder.tokenize(text).length);

test("one text gets the vector of /score, in the form that the client asks for by itself", async () => {
  const { object, data, model, usage } = await client.embeddings.create({ model: "blue", input: texts[0] });
  assert.deepEqual([object, model], ["list", "blue"]);
  assert.deepEqual(data, [{ object: "embedding", index: 0, embedding: textVectors[0] }]);
  assert.deepEqual(usage, { prompt_tokens: short, total_tokens: short });
});

test("several texts come in order, as float and as base64 alike", async () => {
  for (const encoding_format of [undefined, "float", "base64"] as const) {
    const { data, usage } = await client.embeddings.create({
      model: "blue",
      input: texts,
      ...(encoding_format && { encoding_format }),
    });
    const found = data.map(({ embedding }) => {
      if (encoding_format !== "base64") return embedding;
      const bytes = Buffer.from(embedding as unknown as string, "base64"); // asked for by name it comes as it is
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    });
    assert.deepEqual(found, textVectors);
    assert.deepEqual(
      data.map(({ index }) => index),
      [0, 1],
    );
    assert.equal(usage.total_tokens, short + long);
  }
});

test("a picture is a data URL or an object, and counts no tokens", async () => {
  const input = [dataUrl, { image: dataUrl }, { image }, { text: texts[0] }] as unknown as string[];
  const { data, usage } = await client.embeddings.create({ model: "blue", input });
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    [imageVector, imageVector, imageVector, textVectors[0]],
  );
  assert.equal(usage.prompt_tokens, short);
});

test("the model is a deployment's name or the name of the model in it", async () => {
  for (const model of ["blue", embedder.card.name]) {
    assert.equal((await client.embeddings.create({ model, input: "a" })).model, model);
    assert.equal((await client.models.retrieve(model)).id, model);
  }
  const [only, ...others] = (await client.models.list()).data;
  assert.deepEqual([only.id, others.length], ["blue", 0]);
});

test("errors are those that the client knows", async () => {
  const isUnknownModel = (error: unknown) => {
    assert.ok(error instanceof NotFoundError);
    assert.deepEqual([error.code, error.type, error.param], ["model_not_found", "invalid_request_error", null]);
    return true;
  };
  await assert.rejects(client.embeddings.create({ model: "text-embedding-3-small", input: "a" }), isUnknownModel);
  await assert.rejects(client.models.retrieve("text-embedding-3-small"), isUnknownModel);
  const stranger = clientWith("other");
  for (const call of [
    () => stranger.embeddings.create({ model: "blue", input: "a" }),
    () => stranger.models.list(),
    () => stranger.models.retrieve("blue"),
  ]) {
    const isWrongKey = (error: unknown) => error instanceof AuthenticationError && error.code === "invalid_api_key";
    await assert.rejects(async () => call(), isWrongKey);
  }
  await assert.rejects(client.embeddings.create({ model: "blue", input: [[1, 2, 3]] }), BadRequestError);
});

const SECRET = "Jane Doe";
const REFUSED: readonly [name: string, body: unknown, status: number, message: RegExp][] = [
  ["no JSON", SECRET, 400, /is not JSON/],
  ["no model", { input: SECRET }, 400, /model/],
  ["no input", { model: "blue" }, 400, /input/],
  ["an input of another kind", { model: "blue", input: { text: SECRET } }, 400, /input must be/],
  ["nothing to embed", { model: "blue", input: [] }, 400, /at least one/],
  ["token ids", { model: "blue", input: [1, 2] }, 400, /token ids/],
  ["too many items", { model: "blue", input: Array.from({ length: 1025 }, () => SECRET) }, 400, /1025 items/],
  ["an item with both", { model: "blue", input: [{ text: SECRET, image }] }, 400, /input\.0 must be/],
  ["an item with neither", { model: "blue", input: [{ name: SECRET }] }, 400, /input\.0 must be/],
  ["an item that is null", { model: "blue", input: [null] }, 400, /input\.0 must be/],
  ["a text of another kind", { model: "blue", input: [{ text: [SECRET] }] }, 400, /row 0, text/],
  ["another format", { model: "blue", input: "a", encoding_format: SECRET }, 400, /encoding_format/],
  ["other dimensions", { model: "blue", input: "a", dimensions: 7 }, 400, /dimensions must be \d+/],
  ["an empty text", { model: "blue", input: ["a", ""] }, 424, /row 1: it has neither/],
  ["a data URL of no base64", { model: "blue", input: [`data:image/png,${SECRET}`] }, 424, /row 0, image/],
  ["an address", { model: "blue", input: [{ image: "https://example.org/x.png" }] }, 424, /not fetched/],
];

for (const [name, body, status, message] of REFUSED) {
  test(`${status}: ${name}`, async () => {
    const response = await serving.app.inject({
      method: "POST",
      url: "/v1/embeddings",
      headers: { ...headers, "content-type": "application/json" },
      payload: JSON.stringify(body).replace(/^"|"$/g, ""),
    });
    assert.equal(response.statusCode, status, response.body);
    const { error, ...others } = response.json();
    assert.deepEqual([Object.keys(error), others], [["message", "type", "param", "code"], {}]);
    assert.match(error.message, message);
    assert.ok(!response.body.includes(SECRET), "nothing of the payload comes back");
  });
}

test("nothing and null are the defaults, and the model's own number of dimensions is taken", async () => {
  const response = await serving.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    headers,
    payload: { model: "blue", input: texts[0], encoding_format: null, dimensions: null, user: "someone" },
  });
  assert.deepEqual(response.json().data[0].embedding, textVectors[0]);
  const { projection } = embedder.card;
  const sized = await client.embeddings.create({ model: "blue", input: texts[0], dimensions: projection });
  assert.equal(sized.data[0].embedding.length, projection);
});

test("below /v1 every error has OpenAI's form, whatever the path", async () => {
  for (const [method, url, status] of [
    ["GET", "/v1", 404],
    ["GET", "/v1/models/x/y?z", 404],
    ["GET", "/v1/%zz", 400],
    ["GET", "/v1/embeddings", 405],
    ["DELETE", "/v1/models/blue", 405],
  ] as const) {
    const response = await serving.app.inject({ method, url });
    assert.equal(response.statusCode, status, url);
    assert.equal(response.json().error.param, null, url);
  }
});

test("the body's model decides, not the traffic; among deployments of one model the traffic does", async () => {
  let drawn = 0;
  const many = await serve(embedder, {
    deployments: [
      { name: "blue", traffic: 30 },
      { name: "green", traffic: 70 },
      { name: "idle", traffic: 0 },
      { name: "views", traffic: 0, labels: prompted("a", "b") },
    ],
    random: () => drawn,
  });
  const ask = (model: string) =>
    many.app.inject({ method: "POST", url: "/v1/embeddings", payload: { model, input: "a" } });
  const answeredBy = async (model: string) => (await ask(model)).headers["azureml-model-deployment"];
  assert.equal(await answeredBy("idle"), "idle");
  assert.equal(await answeredBy(embedder.card.name), "blue");
  drawn = 0.5;
  assert.equal(await answeredBy(embedder.card.name), "green");
  const labels = await ask("views");
  assert.equal(labels.statusCode, 400);
  assert.match(labels.json().error.message, /labels and no vectors/);
  const listed = (await many.app.inject("/v1/models")).json();
  assert.deepEqual(
    listed.data.map(({ id }: { id: string }) => id),
    ["blue", "green", "idle"],
  );
});

test("while the model loads its name is not unknown but not ready", async () => {
  const loading = await serve(undefined);
  const response = await loading.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    payload: { model: embedder.card.name, input: "a" },
  });
  assert.equal(response.statusCode, 503);
  assert.equal(response.json().error.code, "warming_up");
  assert.match(String(response.headers["retry-after"]), /^\d+$/);
});
