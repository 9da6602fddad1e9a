import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { openAdapter } from "../../../src/applications/adapters/adapter-files.ts";
import { Library } from "../../../src/library/library.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { KeptAdapters } from "../../../src/server/library/adapters/kept-adapters.ts";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { freshPlace, storedVector, unitVector } from "../../library/synthetic.ts";
import { altered, envelope, post, type Serving, serve, until } from "../serving.ts";

const embedder = await openGolden({ profile: "direct;rendering=dicom" });
const { projection } = embedder.card;
const RECORDS = 60;
const FINDINGS = ["nodule", "none"];

/** A vector near that of its finding, so that they can be told apart. */
function vectorOf(i: number): Float32Array {
  const [own, noise] = [unitVector(FINDINGS[i % 2], projection), unitVector(`${i}`, projection)];
  const mixed = own.map((value, at) => value + 0.8 * noise[at]);
  const length = Math.hypot(...mixed);
  return mixed.map((value) => value / length);
}

/** Records of thirty patients, of whom each has one finding. */
async function setUp({ isWritable = true, keepsAdapters = true, records = RECORDS } = {}) {
  const uri = await freshPlace();
  const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
  await library.insert(
    Array.from({ length: records }, (_, i) =>
      storedVector(`r${i}`, {
        vector: vectorOf(i),
        labels: { finding: FINDINGS[i % 2], ...(i < 3 && { site: "north" }) },
        facts: { patient: `patient ${i % 30}`, modality: "CT" },
      }),
    ),
  );
  await library.close();
  const adapterFolder = keepsAdapters ? join(uri, "adapters") : undefined;
  const serving = await serve(altered(embedder, {}), { libraries: [{ name: "lib", uri, isWritable, adapterFolder }] });
  return { serving, adapterFolder };
}

function ask({ app }: Serving, method: "GET" | "POST" | "DELETE", path: string, body?: unknown) {
  return app.inject({
    method,
    url: `/library/lib${path}`,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, payload: JSON.stringify(body) }),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: what is told is what the tests find out
function linesOf({ body }: { readonly body: string }): any[] {
  return body
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("labels are told with their values and how many records have each", async () => {
  const { serving } = await setUp();
  assert.deepEqual((await ask(serving, "GET", "/labels")).json(), {
    library: "lib",
    labels: [
      {
        name: "finding",
        records: RECORDS,
        different: 2,
        values: [
          { value: "nodule", records: 30 },
          { value: "none", records: 30 },
        ],
      },
      { name: "site", records: 3, different: 1, values: [{ value: "north", records: 3 }] },
    ],
  });
  assert.equal((await ask(serving, "GET", "/labels?by=site")).statusCode, 400);
});

test("heads are trained on a label, each epoch is told, and no patient is on two sides", async () => {
  const { serving } = await setUp();
  const heads = ["mlp", "logistic-regression"];
  const response = await ask(serving, "POST", "/adapters", { label: "finding", heads, epochs: 5, seed: 3 });
  assert.equal(response.statusCode, 200, response.body);
  assert.match(String(response.headers["content-type"]), /^application\/jsonl/);
  const lines = linesOf(response);
  const epochs = lines.filter(({ kind }) => kind === "epoch");
  assert.deepEqual(
    epochs.map(({ head, number, of }) => [head, number, of]),
    [1, 2, 3, 4, 5].map((number) => ["mlp", number, 5]),
  );
  assert.deepEqual(
    lines.filter(({ kind }) => kind === "head").map(({ head }) => head),
    heads,
  );
  const done = lines.at(-1);
  assert.equal(done.kind, "done");
  assert.deepEqual(done.labels, FINDINGS);
  assert.equal(done.patients, 30);
  assert.deepEqual(done.rows, { train: 36, validation: 12, test: 12 });
  const patientsOf = (ids: readonly string[]) => new Set(ids.map((id) => Number(id.slice(1)) % 30));
  const [validation, tested] = [patientsOf(done.validation.ids), patientsOf(done.test.ids)];
  assert.ok([...validation].every((patient) => !tested.has(patient)));
  for (const [row, id] of done.test.ids.entries()) {
    const [truth, probabilities] = [done.test.truths[row], done.test.probabilities[row]];
    assert.equal(FINDINGS[truth], FINDINGS[Number(id.slice(1)) % 2]);
    assert.ok(Math.abs(probabilities[0] + probabilities[1] - 1) < 1e-6);
    assert.ok(probabilities[truth] > 0.5, "they are easy to tell apart");
  }
  assert.equal(done.thresholds.length, 2);
});

test("what was trained is kept under a name, calls labels by the thresholds that were set, and can be removed", async () => {
  const { serving, adapterFolder } = await setUp();
  const { training } = linesOf(await ask(serving, "POST", "/adapters", { label: "finding" })).at(-1);
  const thresholds = { nodule: { ruleIn: 0.7, ruleOut: 0.25 } };
  const kept = await ask(serving, "POST", "/adapters/findings", { training, thresholds });
  assert.deepEqual(kept.json(), { library: "lib", deployment: "findings" });
  const { card } = await openAdapter(join(adapterFolder!, "findings"));
  assert.deepEqual(card.callThresholds, thresholds);

  const { deployments } = (await serving.app.inject("/status")).json();
  assert.equal(deployments[1].classifier.library, "lib");
  assert.deepEqual(deployments[1].classifier.labels[0], { label: "nodule", thresholds: thresholds.nodule });
  const image = goldenImages[0].toString("base64");
  const scored = await post(serving, envelope(["image"], [[image]]), { "azureml-model-deployment": "findings" });
  assert.deepEqual(
    scored
      .json()[0]
      .map(({ label }: { label: string }) => label)
      .sort(),
    FINDINGS,
  );
  for (const [name, body, status] of [
    ["findings", { training }, 400],
    ["default", { training }, 400],
    ["..", { training }, 404], // a path of another route
    ["a%2f..%2fb", { training }, 400],
    ["other", { training: "none" }, 404],
    ["other", { training, thresholds: { mass: { ruleIn: 1, ruleOut: 0 } } }, 400],
  ] as const) {
    const refused = await ask(serving, "POST", `/adapters/${name}`, body);
    assert.equal(refused.statusCode, status, `${name}: ${refused.body}`);
  }
  assert.deepEqual((await ask(serving, "DELETE", "/adapters/findings")).json(), {
    library: "lib",
    removed: "findings",
  });
  assert.equal((await ask(serving, "DELETE", "/adapters/findings")).statusCode, 404);
  assert.equal((await ask(serving, "DELETE", "/adapters/default")).statusCode, 404);
  await assert.rejects(openAdapter(join(adapterFolder!, "findings")));
  assert.equal(serving.endpoint.deployments.length, 1);
});

test("who leaves while an adapter is loaded leaves nothing behind", async () => {
  const { serving, adapterFolder } = await setUp();
  const { training } = linesOf(await ask(serving, "POST", "/adapters", { label: "finding" })).at(-1);
  const { libraries } = serving.service;
  const leaving = new AbortController();
  const served = new Set<string>();
  const kept = new KeptAdapters({
    find: (name) => serving.endpoint.deployments.find((one) => one.name === name)?.config,
    add: async ({ name }) => {
      served.add(name);
      assert.deepEqual(await readdir(adapterFolder!), [name]);
      leaving.abort(new Error("the caller has left"));
    },
    remove: async (name) => void served.delete(name),
  });
  const [library] = libraries.all;
  const adapter = libraries.training.take(library, training);
  await assert.rejects(kept.add(library, "findings", { adapter, thresholds: {} }, leaving.signal), /has left/);
  assert.equal(served.size, 0);
  assert.deepEqual(await readdir(adapterFolder!), []);
});

test("what cannot be trained on is refused with a word on what to do", async () => {
  const { serving } = await setUp();
  for (const [body, message] of [
    [{ label: "none" }, /no record is as the label says/],
    [{ label: "site" }, /1 different values among these records, needed: 2 to 50/],
    [{ label: "finding", heads: ["forest"] }, /heads/],
    [{ label: "finding", split: { train: 90, validation: 5, test: 0 } }, /split is 95 percent together/],
    [{ label: "finding", split: { train: 100, validation: 0, test: 0 } }, /some for train and validation/],
    [{ label: "finding", where: ["modality=MR"] }, /no record/],
    [{ label: "finding", heads: ["k-nn"], k: 500 }, /500/],
    [{ label: "finding", epochs: 1_000_000 }, /epochs/],
  ] as const) {
    const response = await ask(serving, "POST", "/adapters", body);
    assert.equal(response.statusCode, 400, `${JSON.stringify(body)} gives ${response.body}`);
    assert.match(response.json().error.message, message);
  }
});

test("a library that is read only trains and keeps nothing; one without a folder says so", async () => {
  const { serving } = await setUp({ isWritable: false });
  const { training } = linesOf(await ask(serving, "POST", "/adapters", { label: "finding" })).at(-1);
  assert.equal((await ask(serving, "POST", "/adapters/findings", { training })).statusCode, 403);
  assert.equal((await ask(serving, "DELETE", "/adapters/findings")).statusCode, 403);

  const { serving: other } = await setUp({ keepsAdapters: false });
  const { training: id } = linesOf(await ask(other, "POST", "/adapters", { label: "finding" })).at(-1);
  const refused = await ask(other, "POST", "/adapters/findings", { training: id });
  assert.equal(refused.statusCode, 404);
  assert.match(refused.json().error.message, /its config names no folder/);
});

test("one adapter is trained at a time, and who leaves ends it", async () => {
  const { serving } = await setUp({ records: 600 });
  await serving.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = serving.app.server.address() as AddressInfo;
  const body = JSON.stringify({ label: "finding", heads: ["adapter-network"], epochs: 1000 });
  const leaving = httpRequest({
    port,
    method: "POST",
    path: "/library/lib/adapters",
    headers: { "content-type": "application/json" },
  });
  const first = await new Promise<string>((resolve, reject) => {
    leaving.once("response", (response) => response.once("data", (line) => resolve(String(line))));
    leaving.once("error", reject);
    leaving.end(body);
  });
  assert.equal(JSON.parse(first.split("\n")[0]).number, 1, "it is told before it is over");
  const second = await ask(serving, "POST", "/adapters", { label: "finding" });
  assert.equal(second.statusCode, 429, second.body);
  assert.match(second.json().error.message, /another adapter is trained/);

  leaving.on("error", () => {}); // it is broken off
  leaving.destroy();
  await until(() => serving.load.pending === 0);
  assert.equal(serving.load.counts.left, 1);
  let third = second;
  while (third.statusCode === 429) third = await ask(serving, "POST", "/adapters", { label: "finding" });
  assert.equal(linesOf(third).at(-1).kind, "done");
});

test("a training that takes longer than it may says so at its end", async () => {
  const { serving } = await setUp({ records: 600 });
  const response = await serving.app.inject({
    method: "POST",
    url: "/library/lib/adapters",
    headers: { "content-type": "application/json", "request-timeout-ms": "4000" },
    payload: JSON.stringify({ label: "finding", heads: ["adapter-network"], epochs: 1000 }),
  });
  const last = response.statusCode === 200 ? linesOf(response).at(-1) : response.json();
  assert.equal(last.error.code, "timeout");
});
