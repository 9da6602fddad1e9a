import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runBatch } from "../../../src/batch/run-batch.ts";
import { type Cells, outputsOf, writeInputs } from "../../batch/predictions.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { altered, envelope, heldEmbedder, post, prompted, type Serving, serve, until } from "../serving.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, threads: 2 });

const images = goldenImages.map((bytes) => bytes.toString("base64"));
const SECRET = "Doe, Jane";
const texts = (count: number) => Array.from({ length: count }, (_, i): Cells => ["", `text ${i}`]);
let folders = 0;

/** A folder of inputs. `mixed` has every kind of row; `long` is of several chunks. */
async function inputs(): Promise<string> {
  const batch = join(folder, `batch-${folders++}`);
  await writeInputs(join(batch, "mixed"), {
    "a.csv": [
      [images[0], "text"],
      [Buffer.from(SECRET).toString("base64"), SECRET],
      ["", ""],
      [images[1], ""],
    ],
    "b.csv": texts(20),
  });
  await writeInputs(join(batch, "long"), { "a.csv": texts(100) });
  return batch;
}

/** The outputs of a job, or of the same batch on the command line. */
async function filesOf(path: string) {
  const { "job.json": _, ...outputs } = await outputsOf(path);
  return outputs;
}

async function expectedOf(batch: string, input: string, profile?: string) {
  const outFolder = join(folder, `expected-${folders++}`);
  await runBatch({ inputFolder: join(batch, input), outFolder, embedder, profile });
  return outputsOf(outFolder);
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function submit({ app }: Serving, job: unknown, headers = {}) {
  const response = await app.inject({
    method: "POST",
    url: "/batch/jobs",
    headers: { "content-type": "application/json", ...headers },
    payload: JSON.stringify(job),
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

async function call({ app }: Serving, method: "GET" | "DELETE", path = "", headers = {}) {
  const { statusCode, body, headers: sent } = await app.inject({ method, url: `/batch/jobs${path}`, headers });
  return { status: statusCode, body, json: () => JSON.parse(body), headers: sent };
}

const ended = (serving: Serving, id: string) =>
  until(() => !["queued", "running"].includes(serving.jobs!.get(id)!.state));

test("a job gives the bytes that the command line gives, bad rows recorded and passed by", async () => {
  const batch = await inputs();
  const serving = await serve(embedder, { batchFolder: batch });
  const { status, headers, body } = await submit(serving, { input: "mixed" });
  assert.equal(status, 202);
  assert.equal(headers.location, `/batch/jobs/${body.id}`);
  const { id, createdAt, progress, ...facts } = body;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual(progress, { files: 0, rows: 0, failed: 0, bytes: 0, totalBytes: 0 });
  assert.deepEqual(facts, { state: "queued", input: "mixed", deployment: "default", profile: "direct" });

  await ended(serving, id);
  const job = (await call(serving, "GET", `/${id}`)).json();
  assert.equal(job.state, "finished");
  const { totalBytes, bytes, ...counts } = job.progress;
  assert.deepEqual(counts, { files: 2, rows: 24, failed: 2 });
  assert.ok(totalBytes > 0 && bytes === totalBytes);
  assert.deepEqual((await call(serving, "GET")).json(), { jobs: [job] });

  const expected = await expectedOf(batch, "mixed");
  for (const [name, type] of [
    ["predictions.csv", "text/csv; charset=utf-8; header=absent"],
    ["predictions.jsonl", "application/jsonl"],
    ["manifest.json", "application/json"],
  ]) {
    const output = await call(serving, "GET", `/${id}/${name}`);
    assert.equal(output.status, 200);
    assert.equal(output.body, expected[name], name);
    assert.equal(output.headers["content-type"], type);
    assert.equal(Number(output.headers["content-length"]), Buffer.byteLength(expected[name]));
  }
  for (const name of ["job.json", "journal.jsonl", "..%2Fjob.json", "constructor"]) {
    assert.equal((await call(serving, "GET", `/${id}/${name}`)).status, 404, name);
  }
  await until(() => serving.logged.some(({ msg }) => msg === "batch job ends"));
  assert.doesNotMatch(JSON.stringify(serving.logged), /Doe|Jane|mixed|a\.csv/);
});

test("a batch none of whose rows can be embedded has predictions without a byte", async () => {
  const batch = await inputs();
  await writeInputs(join(batch, "bad"), { "a.csv": [["", ""]] });
  const serving = await serve(embedder, { batchFolder: batch });
  const { id } = (await submit(serving, { input: "bad" })).body;
  await ended(serving, id);
  const output = await call(serving, "GET", `/${id}/predictions.csv`);
  assert.deepEqual([output.status, output.body], [200, ""]);
});

test("another profile is another job, with vectors of its own", async () => {
  const batch = await inputs();
  const serving = await serve(embedder, { batchFolder: batch });
  const plain = (await submit(serving, { input: "mixed" })).body;
  const other = (await submit(serving, { input: "mixed", profile: "mi2-service;jpegQuality=80" })).body;
  assert.notEqual(plain.id, other.id);
  await ended(serving, other.id);
  const output = await call(serving, "GET", `/${other.id}/predictions.csv`);
  assert.equal(output.body, (await expectedOf(batch, "mixed", other.profile))["predictions.csv"]);
});

test("the same job while it waits or runs is one; jobs run one at a time, in order, and not without end", async () => {
  const batch = await inputs();
  const names = Array.from({ length: 18 }, (_, i) => `in-${i}`);
  for (const name of names) await writeInputs(join(batch, name), { "a.csv": [["", `of ${name}`]] });
  const hold = heldEmbedder(embedder);
  const serving = await serve(hold.held, { batchFolder: batch });
  hold.hold();
  const ids: string[] = [];
  for (const name of names.slice(0, 17)) ids.push((await submit(serving, { input: name })).body.id);
  await until(() => hold.begun() === 1);
  const states = () => serving.jobs!.all.map(({ state }) => state);
  assert.deepEqual(states(), ["running", ...Array(16).fill("queued")]);
  assert.equal((await submit(serving, { input: names[0] })).body.state, "running");
  assert.equal((await submit(serving, { input: names[5] })).body.id, ids[5]);
  const refused = await submit(serving, { input: names[17] });
  assert.deepEqual([refused.status, refused.body.error.code], [429, "too_many_pending"]);
  assert.ok(refused.headers["retry-after"]);
  assert.equal((await call(serving, "GET", `/${ids[0]}/predictions.csv`)).status, 404, "not before it is finished");

  assert.equal((await call(serving, "DELETE", `/${ids[3]}`)).json().state, "cancelled");
  hold.release();
  await ended(serving, ids[16]);
  assert.deepEqual(
    states(),
    names.slice(0, 17).map((_, i) => (i === 3 ? "cancelled" : "finished")),
  );
  const begun = serving.logged.filter(({ msg }) => msg === "batch job begins").map(({ job }) => job);
  assert.deepEqual(begun, [...ids.slice(0, 3), ...ids.slice(4)]);
});

/** Lets so many texts through and holds the others. */
function gate(free: number) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let left = free;
  const gated = altered(embedder, {
    embedText: async (text, patience) => {
      if (text !== "chest") asked.push(text); // but for the self-test
      if (text !== "chest" && left-- <= 0) {
        await new Promise<void>((go, leave) => {
          waiting.push(go);
          patience?.signal?.addEventListener("abort", leave);
        });
      }
      return embedder.embedText(text, patience);
    },
  });
  const open = () => {
    left = Number.POSITIVE_INFINITY;
    for (const go of waiting) go();
  };
  return { gated, asked, waiting, open };
}

test("a job that was cancelled goes on where it stopped when it is asked for again", async () => {
  const batch = await inputs();
  const { gated, asked, waiting, open } = gate(40);
  const serving = await serve(gated, { batchFolder: batch });
  const { id } = (await submit(serving, { input: "long" })).body;
  await until(() => waiting.length === 16 && serving.jobs!.get(id)!.progress.rows >= 32);
  const running = (await call(serving, "GET", `/${id}`)).json();
  assert.ok(running.progress.rowsPerSecond > 0 && running.progress.secondsLeft >= 0);
  assert.equal((await call(serving, "DELETE", `/${id}`)).json().state, "cancelled");
  assert.equal(JSON.parse(await readFile(join(serving.jobs!.pathOf(id), "job.json"), "utf8")).state, "cancelled");
  await until(() => serving.logged.some(({ msg }) => msg === "batch job ends"));

  const before = asked.length;
  open();
  assert.deepEqual((await submit(serving, { input: "long" })).body.id, id);
  await ended(serving, id);
  assert.equal(asked[before], "text 32", "what was done is not computed again");
  assert.deepEqual(await filesOf(serving.jobs!.pathOf(id)), await expectedOf(batch, "long"));
});

test("a job that has ended is removed with all that it left; a cancelled one first ends", async () => {
  const batch = await inputs();
  const { gated, waiting } = gate(20);
  const serving = await serve(gated, { batchFolder: batch });
  const { id } = (await submit(serving, { input: "long" })).body;
  await until(() => waiting.length === 16);
  assert.equal((await call(serving, "DELETE", `/${id}`)).status, 200);
  assert.equal((await call(serving, "DELETE", `/${id}`)).status, 204);
  assert.equal((await call(serving, "DELETE", `/${id}`)).status, 404);
  assert.deepEqual(
    (await readdir(join(batch, ".jobs"))).filter((name) => !name.startsWith("lock-")),
    [],
  );
});

test("a call gets its turn while a job runs, and a job while calls keep coming", async () => {
  const batch = await inputs();
  const { gated, asked, waiting, open } = gate(0);
  const serving = await serve(gated, { batchFolder: batch, deployments: [{ maxPending: 5 }] });
  const { id } = (await submit(serving, { input: "long" })).body;
  await until(() => waiting.length === 16);
  const rows = (text: string, count: number) =>
    envelope(
      ["text"],
      Array.from({ length: count }, () => [text]),
    );
  const small = post(serving, rows("small", 1));
  await until(() => asked.length === 17);
  assert.equal(asked[16], "small", "the other rows of the job wait behind it");
  waiting[16]();
  assert.equal((await small).statusCode, 200);

  const flood = Array.from({ length: 5 }, () => post(serving, rows("flood", 32)));
  await until(() => waiting.length === 17 + 112); // all 128 places taken
  assert.equal(serving.deployment.pending, 5, "the job takes no place of theirs");
  for (const i of [0, 20]) waiting[i](); // one of the job, one of the calls
  await until(() => asked.length === 129 + 2);
  assert.ok(asked.slice(129).includes("text 16"), "48 rows of the calls have waited longer");
  open();
  for (const answer of await Promise.all(flood)) assert.equal(answer.statusCode, 200);
  await ended(serving, id);
  assert.deepEqual(await filesOf(serving.jobs!.pathOf(id)), await expectedOf(batch, "long"));
});

test("nothing but a folder below that of inputs can be named", async () => {
  const batch = await inputs();
  const outside = await writeInputs(join(folder, "outside"), { "a.csv": texts(1) });
  await symlink(outside, join(batch, "link-out"));
  await symlink(join(batch, "mixed"), join(batch, "link-in"));
  await symlink(".jobs", join(batch, "link-jobs"));
  await mkdir(join(batch, "empty"));
  await mkdir(join(batch, "link-file"));
  await symlink(join(outside, "a.csv"), join(batch, "link-file/a.csv"));
  await writeFile(join(batch, "file.csv"), "text\nx\n");
  const serving = await serve(embedder, { batchFolder: batch });
  await writeInputs(join(batch, ".jobs/inner"), { "a.csv": texts(1) });
  const names = [
    "",
    ".",
    "..",
    "../outside",
    outside,
    "mixed/../../outside",
    "mixed\0",
    "mixed/",
    ".jobs",
    ".jobs/inner",
  ];
  const refused = [
    ...names,
    "..\\outside",
    "a".repeat(200),
    "link-out",
    "link-jobs",
    "link-file",
    "empty",
    "file.csv",
    "none",
  ];
  for (const input of refused) {
    const { status, body } = await submit(serving, { input });
    assert.deepEqual([status, body.error.code], [400, "invalid_request"], JSON.stringify(input));
    assert.doesNotMatch(body.error.message, /outside|medembed-test/);
  }
  assert.equal((await submit(serving, { input: "link-in" })).status, 202);
  assert.equal(serving.jobs!.all.length, 1);
});

test("a request that makes no sense is refused, and nothing of it is quoted", async () => {
  const serving = await serve(embedder, {
    batchFolder: await inputs(),
    deployments: [
      { traffic: 100 },
      { name: "second", traffic: 0 },
      { name: "views", traffic: 0, labels: prompted("a", "b") },
    ],
  });
  for (const [body, status, message] of [
    [[], 400, /must be object/],
    [{}, 400, /input/],
    [{ input: 1 }, 400, /input must be string/],
    [{ input: "mixed", deployment: "default", secret: 1 }, 400, /the body is unknown|known/],
    [{ input: "mixed", deployment: "default", profile: "secret" }, 400, /profile must be one of direct, mi2-service/],
    [{ input: "mixed", deployment: "default", profile: "mi2-service;jpegQuality=0" }, 400, /profile/],
    [{ input: "mixed" }, 400, /deployment must be named: there are 3/],
    [{ input: "mixed", deployment: "secret" }, 404, /no deployment of that name/],
    [{ input: "mixed", deployment: "views" }, 400, /labels, a batch needs vectors/],
    [{ input: "x".repeat(20_000) }, 413, /larger/],
  ] as const) {
    const answer = await submit(serving, body);
    assert.equal(answer.status, status, JSON.stringify(body).slice(0, 80));
    assert.match(answer.body.error.message, message);
    assert.doesNotMatch(answer.body.error.message, /secret/);
  }
  assert.equal((await submit(serving, {}, { "content-type": "text/plain" })).status, 415);
  const wrong = await serving.app.inject({ method: "DELETE", url: "/batch/jobs" });
  assert.deepEqual([wrong.statusCode, wrong.headers.allow], [405, "GET, HEAD, POST"]);
});

test("a job is seen by its key and the admin's, the two unnamed keys being one", async () => {
  const serving = await serve(embedder, {
    batchFolder: await inputs(),
    keys: [
      { name: "primary", key: "first-key" },
      { name: "secondary", key: "second-key" },
      { name: "pacs", key: "pacs-key", deployments: ["other"], requestsPerMinute: 2 },
    ],
    admin: "admin-key",
    deployments: [{ traffic: 100 }, { name: "other", traffic: 0 }],
  });
  const job = { input: "mixed", deployment: "default" };
  assert.equal((await submit(serving, job)).status, 401);
  assert.equal((await submit(serving, job, bearer("admin-key"))).status, 403);
  assert.equal((await submit(serving, job, bearer("pacs-key"))).status, 403, "not good for that deployment");
  const ours = (await submit(serving, job, bearer("first-key"))).body;
  const theirs = (await submit(serving, { input: "mixed" }, bearer("pacs-key"))).body;
  assert.deepEqual([ours.key, theirs.key, theirs.deployment], ["primary", "pacs", "other"]);
  assert.equal((await submit(serving, { input: "mixed" }, bearer("pacs-key"))).status, 429, "the third in a minute");
  assert.equal((await submit(serving, job, bearer("second-key"))).body.id, ours.id);
  await ended(serving, theirs.id);

  const seenBy = async (key: string) =>
    (await call(serving, "GET", "", bearer(key))).json().jobs.map(({ id }: { id: string }) => id);
  assert.deepEqual(await seenBy("first-key"), [ours.id]);
  assert.deepEqual(await seenBy("second-key"), [ours.id]);
  assert.deepEqual(await seenBy("pacs-key"), [theirs.id]);
  assert.deepEqual(await seenBy("admin-key"), [ours.id, theirs.id]);
  assert.equal((await call(serving, "GET")).status, 401);
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/predictions.csv"],
  ] as const) {
    const answer = await call(serving, method, `/${ours.id}${path}`, bearer("pacs-key"));
    assert.deepEqual([answer.status, answer.json().error.message], [404, "there is no such job"]);
  }
  assert.equal((await call(serving, "GET", `/${theirs.id}/manifest.json`, bearer("admin-key"))).status, 200);
  assert.equal((await call(serving, "DELETE", `/${theirs.id}`, bearer("admin-key"))).status, 204);
});

test("a job that fails says why, without the paths of the server, and goes on once that is mended", async () => {
  const batch = await inputs();
  const serving = await serve(embedder, { batchFolder: batch });
  const { id } = (await submit(serving, { input: "long" })).body;
  await ended(serving, id);
  await writeInputs(join(batch, "long"), { "a.csv": texts(3) });
  await submit(serving, { input: "long" });
  await ended(serving, id);
  const { state, error } = (await call(serving, "GET", `/${id}`)).json();
  assert.deepEqual([state, error.code], ["failed", "usage"]);
  assert.match(error.message, /a\.csv is done and has changed/);
  assert.doesNotMatch(error.message, /medembed-test/);
  await writeInputs(join(batch, "long"), { "a.csv": texts(100), "b.csv": texts(2) });
  assert.equal((await submit(serving, { input: "long" })).body.error, undefined);
  await ended(serving, id);
  assert.deepEqual(await filesOf(serving.jobs!.pathOf(id)), await expectedOf(batch, "long"));
});

test("a deployment that is replaced stays open until its job is done, and the job keeps its model", async () => {
  const batch = await inputs();
  const { gated, waiting, open } = gate(20);
  const serving = await serve(gated, { batchFolder: batch });
  const { id } = (await submit(serving, { input: "long" })).body;
  await until(() => waiting.length === 16);
  let isClosed = false;
  const closing = serving.deployment.close().then(() => {
    isClosed = true;
  });
  assert.equal((await submit(serving, { input: "mixed" })).status, 503);
  assert.equal(isClosed, false);
  open();
  await closing;
  await ended(serving, id);
  assert.equal(serving.jobs!.get(id)!.state, "finished");
});

test("without a folder of inputs there are no jobs", async () => {
  const serving = await serve(embedder);
  assert.equal((await submit(serving, { input: "mixed" })).status, 404);
  assert.equal((await call(serving, "GET")).status, 404);
});
