import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { parseVolumeSettings } from "../../../src/applications/volumes/volume-profile.ts";
import { sourceEmbedder } from "../../../src/cli/library/source-embedder.ts";
import { keyedHash } from "../../../src/formats/identity-key.ts";
import { readFacts } from "../../../src/formats/read-facts.ts";
import { addFiles } from "../../../src/library/add-files.ts";
import { searchGroups } from "../../../src/library/group-duplicates.ts";
import { Library } from "../../../src/library/library.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { writePicture } from "../../formats/dicom/write-dicom.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { collect, freshPlace } from "../../library/synthetic.ts";
import { altered, type Serving, serve } from "../serving.ts";

/** Bodies that are spoilt, each of which goes the whole way to an answer. */
const HOSTILE_RUNS = 300;

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, profile: "direct;rendering=dicom" });
const [one, two, three] = goldenImages.map((bytes) => bytes.toString("base64"));
const idOf = (image: string) => createHash("sha256").update(Buffer.from(image, "base64")).digest("hex");
const KEY = Buffer.alloc(32, 7);
const keyFile = join(folder, "identities.key");
await writeFile(keyFile, `${KEY.toString("hex")}\n`, { mode: 0o600 });
/** A picture of a patient, one of another, and one of nobody. */
const [scan, otherScan, namelessScan] = ["PAT-1", "PAT-2", undefined].map((patient, i) =>
  Buffer.from(
    writePicture([1, 2, 3, 4, 5, 6, 7, 8 + i], {
      more: { "00080060": ["CS", "CT"], "00180015": ["CS", "CHEST"], ...(patient && { "00100020": ["LO", patient] }) },
    }),
  ).toString("base64"),
);

type Method = "GET" | "POST" | "DELETE";

function ask({ app }: Serving, method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return app.inject({
    method,
    url: `/library${path}`,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
}

/** An endpoint with a library that nobody else has. */
async function setUp(options: Parameters<typeof serve>[1] = {}, inner = altered(embedder, {})) {
  const uri = await freshPlace();
  const serving = await serve(inner, { libraries: [{ name: "lib", uri, keyFile }], ...options });
  const store = async (...records: unknown[]) => {
    const response = await ask(serving, "POST", "/lib/records", { records });
    assert.equal(response.statusCode, 200, response.body);
    return response.json();
  };
  const search = async (body: unknown) => {
    const response = await ask(serving, "POST", "/lib/search", body);
    assert.equal(response.statusCode, 200, response.body);
    return response.json().matches;
  };
  /** What lies in the library, as whoever else opens it sees it. */
  const onDisk = async () => {
    const library = await Library.open({ uri });
    try {
      return (await collect(library.vectors())).sort((a, b) => (a.id < b.id ? -1 : 1));
    } finally {
      await library.close();
    }
  };
  return { serving, uri, store, search, onDisk };
}

test("what is told as stored is in the library with vector, labels and source, and a bad record loses no other", async () => {
  const { store, onDisk, serving } = await setUp();
  const answer = await store(
    { image: one, source: "a.png", labels: { finding: "none" } },
    { image: "AAAA" },
    { image: two, id: "second" },
    { image: "" },
    { image: one },
    { image: three, labels: { "no name": "x" } },
    "nothing",
  );
  type Told = { readonly outcome: string; readonly id?: string; readonly error?: { readonly code: string } };
  const outcomes = answer.records.map(({ outcome, id, error }: Told) => [outcome, id ?? error?.code]);
  assert.deepEqual(outcomes, [
    ["stored", idOf(one)],
    ["failed", "image_undecodable"],
    ["stored", "second"],
    ["failed", "row_empty"],
    ["known", idOf(one)],
    ["failed", "invalid_request"],
    ["failed", "invalid_request"],
  ]);
  assert.deepEqual([answer.stored, answer.known, answer.failed], [2, 1, 4]);
  assert.equal(answer.records[5].error.row, 5);
  const [first, second] = (await onDisk()).sort((a, b) => b.id.length - a.id.length);
  assert.deepEqual(
    { ...first, added: undefined },
    {
      id: idOf(one),
      source: "a.png",
      added: undefined,
      precision: "fp32",
      facts: {},
      labels: { finding: "none" },
      vector: await embedder.embedImage(goldenImages[0]),
    },
  );
  assert.deepEqual([second.id, second.source], ["second", "second"]);
  const { records, space, identities, writable } = (await ask(serving, "GET", "/lib")).json();
  assert.deepEqual(
    { records, space, identities, writable },
    { records: 2, space: spaceOf(embedder), identities: true, writable: true },
  );
});

test("what the library has is not embedded again, and stays as it is", async () => {
  let embedded = 0;
  const counting = altered(embedder, {
    embedImage: (bytes, options) => {
      embedded++;
      return embedder.embedImage(bytes, options);
    },
  });
  const { serving, store, onDisk } = await setUp({}, counting);
  await store({ image: one, labels: { finding: "none" } });
  embedded = 0;
  const answer = await store({ image: one, labels: { finding: "some" } }, { image: two, id: idOf(one) });
  assert.deepEqual([answer.known, embedded], [2, 0]);
  const { body } = await serving.app.inject("/metrics");
  for (const [outcome, count] of [
    ["stored", 1],
    ["known", 2],
    ["removed", 0],
  ]) {
    assert.ok(body.includes(`\nmedembed_library_records_total{library="lib",outcome="${outcome}"} ${count}\n`), body);
  }
  assert.deepEqual(
    (await onDisk()).map(({ labels }) => labels),
    [{ finding: "none" }],
  );
});

test("one of two pictures that are sent under one id is stored, the first that can be", async () => {
  const { store, onDisk } = await setUp();
  const answer = await store({ image: "AAAA", id: "x" }, { image: two, id: "x" }, { image: three, id: "x" });
  assert.deepEqual(
    answer.records.map(({ outcome }: { outcome: string }) => outcome),
    ["failed", "stored", "known"],
  );
  assert.deepEqual((await onDisk())[0].vector, await embedder.embedImage(goldenImages[1]));
});

test("DICOM headers tell the facts that the command line keeps, and identities only as hashes under the library's key", async () => {
  const { store, uri, onDisk } = await setUp();
  await store(
    { image: scan, labels: { site: "north" } },
    { image: namelessScan, facts: { patient: "PAT-1", view: "PA" } },
  );
  const identify = keyedHash(KEY);
  const bytes = Buffer.from(scan, "base64");
  const facts = readFacts(bytes, { identify });
  assert.equal(facts.patient, identify("patient", "PAT-1"));
  const records = new Map((await onDisk()).map((record) => [record.id, record]));
  assert.deepEqual(records.get(idOf(scan))!.facts, facts);
  const named = records.get(idOf(namelessScan))!.facts;
  assert.deepEqual([named.modality, named.view, named.patient], ["CT", "PA", facts.patient]);

  const path = join(await temporaryFolder(), "scan.dcm");
  await writeFile(path, bytes);
  const library = await Library.open({ uri });
  const adding = sourceEmbedder(embedder, parseVolumeSettings({}));
  const files = (async function* () {
    yield { path };
  })();
  assert.deepEqual(await collect(addFiles(library, adding, files, { identify })), [
    { path, outcome: "known", id: idOf(scan) },
  ]);
  await library.close();
});

test("without a key no record has identities, and none may be given or asked for", async () => {
  const uri = await freshPlace();
  const { store, serving } = await setUp({ libraries: [{ name: "lib", uri }] });
  const answer = await store({ image: scan }, { image: otherScan, facts: { patient: "PAT-1" } });
  assert.deepEqual([answer.stored, answer.failed], [1, 1]);
  assert.match(answer.records[1].error.message, /names no key/);
  const [record] = (await ask(serving, "GET", "/lib/records")).json().records;
  assert.deepEqual(record.facts, { modality: "CT", bodyPart: "CHEST" });
  const response = await ask(serving, "POST", "/lib/search", { image: scan, excludeSamePatient: true });
  assert.equal(response.statusCode, 400);
});

test("a search by a picture, a text or a vector gives what the library itself gives", async () => {
  const { store, search, uri, serving } = await setUp();
  await store(...[one, two, three].map((image, i) => ({ image, labels: { place: `${i}` } })));
  const library = await Library.open({ uri });
  after(() => library.close());
  const vector = await embedder.embedImage(goldenImages[1]);
  const text = await embedder.embedText("chest");
  for (const [body, query] of [
    [{ image: two }, vector],
    [{ text: "chest" }, text],
    [{ vector: Array.from(vector) }, vector],
  ] as const) {
    const expected = await library.search(query, { count: 2 });
    const found = await search({ ...body, top: 2, vectors: true });
    assert.deepEqual(
      found.map(({ rank, score, id, labels, source, vector }: Record<string, unknown>) => ({
        rank,
        score,
        id,
        labels,
        source,
        vector,
      })),
      expected.map(({ score, record: { id, labels, source, vector } }, i) => ({
        rank: i + 1,
        score,
        id,
        labels,
        source,
        vector: Array.from(vector),
      })),
    );
  }
  assert.equal((await search({ image: two }))[0].vector, undefined);
  const among = await search({ image: two, where: ["label.place=0|2", "id!="], exact: true });
  assert.deepEqual(among.map(({ labels }: { labels: { place: string } }) => labels.place).sort(), ["0", "2"]);
  const likeness = 0.2;
  const grouped = await search({ image: two, group: likeness, top: 3 });
  const expected = await searchGroups(library, vector, likeness, { count: 3 });
  assert.deepEqual(
    grouped.map(({ id, duplicates }: { id: string; duplicates: unknown }) => ({ id, duplicates })),
    expected.map(({ record: { id }, duplicates }) => ({
      id,
      duplicates: duplicates.map(({ score, record: { id, source } }) => ({ score, id, source })),
    })),
  );
  const { headers } = await ask(serving, "POST", "/lib/search", { text: "chest" });
  assert.deepEqual([headers["medembed-model"], headers["medembed-profile"]], [embedder.card.weights, embedder.profile]);
});

test("pictures of the query's patient can be left out", async () => {
  const { store, search, serving } = await setUp();
  await store({ image: scan }, { image: otherScan }, { image: one, facts: { patient: "PAT-1" } });
  const found = await search({ image: scan, excludeSamePatient: true });
  assert.deepEqual(
    found.map(({ id }: { id: string }) => id),
    [idOf(otherScan)],
  );
  for (const body of [{ image: namelessScan }, { text: "chest" }]) {
    const response = await ask(serving, "POST", "/lib/search", { ...body, excludeSamePatient: true });
    assert.equal(response.statusCode, 400);
    assert.match(response.json().error.message, /needs an image whose header names the patient/);
  }
});

test("records are removed by ids or conditions, and never all of them by an empty filter", async () => {
  const { store, serving, onDisk } = await setUp();
  await store(...[one, two, three].map((image, i) => ({ image, id: `${i}`, labels: { place: `${i}` } })));
  for (const body of [{}, { ids: [] }, { where: [] }, { ids: ["0"], where: ["id=0"] }, { where: [""] }, [], null]) {
    const response = await ask(serving, "DELETE", "/lib/records", body);
    assert.equal(response.statusCode, 400, JSON.stringify(body));
  }
  assert.equal((await ask(serving, "DELETE", "/lib/records")).statusCode, 415, "no body at all");
  assert.equal((await onDisk()).length, 3);
  const byIds = await ask(serving, "DELETE", "/lib/records", { ids: ["0", "none"] });
  assert.deepEqual(byIds.json(), { library: "lib", removed: 1 });
  const byCondition = await ask(serving, "DELETE", "/lib/records", { where: ["label.place=1"] });
  assert.deepEqual(byCondition.json(), { library: "lib", removed: 1 });
  assert.deepEqual(
    (await onDisk()).map(({ id }) => id),
    ["2"],
  );
});

test("records are listed by their ids, a page at a time, whatever comes and goes in between", async () => {
  const { store, serving } = await setUp();
  const ids = Array.from({ length: 7 }, (_, i) => `id ${i}`);
  await store(...ids.map((id, i) => ({ image: one, id, labels: { half: i < 4 ? "first" : "second" } })));
  const page = async (query: Record<string, string>) => {
    const response = await ask(serving, "GET", `/lib/records?${new URLSearchParams(query)}`);
    assert.equal(response.statusCode, 200, response.body);
    return response.json();
  };
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const { records, next } = await page({ limit: "3", ...(after !== undefined && { after }) });
    seen.push(...records.map(({ id }: { id: string }) => id));
    if (next === undefined) break;
    after = next;
    if (seen.length === 3) await ask(serving, "DELETE", "/lib/records", { ids: ["id 0"] });
  }
  assert.deepEqual(seen, ids);
  const { records, next } = await page({ where: "label.half=second" });
  assert.deepEqual([records.length, records[0].labels, next], [3, { half: "second" }, undefined]);
  for (const query of ["limit=0", "limit=x", "where=x", "other=1", "after="]) {
    assert.equal((await ask(serving, "GET", `/lib/records?${query}`)).statusCode, 400, query);
  }
});

test("keys, their deployments and quotas, and read-only libraries are heeded on every path", async () => {
  const uri = await freshPlace();
  const { serving } = await setUp({
    keys: [
      { name: "all", key: "all-key" },
      { name: "other", key: "other-key", deployments: ["other"] },
      { name: "slow", key: "slow-key", requestsPerMinute: 1 },
    ],
    deployments: [{}, { name: "other", traffic: 0 }],
    libraries: [
      { name: "lib", uri },
      { name: "archive", uri, isWritable: false },
    ],
  });
  const bearer = (key: string) => ({ authorization: `Bearer ${key}-key` });
  const calls: [Method, string, unknown?][] = [
    ["POST", "/records", { records: [{ image: one }] }],
    ["GET", "/records"],
    ["POST", "/search", { text: "chest" }],
    ["DELETE", "/records", { ids: ["none"] }],
    ["GET", ""],
  ];
  for (const [method, path, body] of calls) {
    const statusOf = async (library: string, key: string) =>
      (await ask(serving, method, `/${library}${path}`, body, bearer(key))).statusCode;
    assert.equal(await statusOf("lib", "wrong"), 401, path);
    assert.equal(await statusOf("lib", "other"), 403, path);
    assert.equal(await statusOf("none", "all"), 404, path);
    assert.equal(await statusOf("lib", "all"), 200, path);
    const isWriting = path === "/records" && method !== "GET";
    assert.equal(await statusOf("archive", "all"), isWriting ? 403 : 200, path);
  }
  const names = async (key: string) => {
    const { libraries } = (await ask(serving, "GET", "", undefined, bearer(key))).json();
    return libraries.map(({ name }: { name: string }) => name);
  };
  assert.deepEqual([await names("all"), await names("other")], [["lib", "archive"], []]);
  assert.equal((await ask(serving, "GET", "/lib/records", undefined, bearer("slow"))).statusCode, 200);
  const refused = await ask(serving, "POST", "/lib/search", { text: "chest" }, bearer("slow"));
  assert.equal(refused.statusCode, 429);
  assert.ok(Number(refused.headers["retry-after"]) > 0);
});

test("a server that is still loading asks to come again", async () => {
  const serving = await serve(undefined, { libraries: [{ name: "lib", uri: await freshPlace() }] });
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/lib"],
    ["GET", "/lib/records"],
  ] as const) {
    const response = await ask(serving, method, path);
    assert.deepEqual([response.statusCode, response.json().error.code], [503, "warming_up"]);
    assert.ok(response.headers["retry-after"]);
  }
});

test("a call whose time is up stores nothing, and can be sent again", async () => {
  let isHeld = true;
  const held = altered(embedder, {
    embedImage: async (bytes, options) => {
      if (isHeld && options?.signal) {
        options.onBegin?.();
        await once(options.signal, "abort");
      }
      return embedder.embedImage(bytes, options);
    },
  });
  const { serving, store, onDisk } = await setUp({}, held);
  const body = { records: [{ image: one }] };
  const late = await ask(serving, "POST", "/lib/records", body, { "request-timeout-ms": "1000" });
  assert.equal(late.statusCode, 408, late.body);
  assert.equal(serving.load.dropped.preparing, 1);
  assert.equal(serving.endpoint.deployments[0].pending, 0);
  assert.deepEqual(await onDisk(), []);
  isHeld = false;
  assert.equal((await store({ image: one })).stored, 1);
  const { queueMs, computeMs, rows, route, deployment } = serving.logged.at(-1);
  assert.ok(queueMs >= 0 && computeMs > 0);
  assert.deepEqual([rows, route, deployment], [1, "/library/:library/records", "default"]);
});

test("answers and log lines of refused calls hold nothing of what was sent", async () => {
  const { serving, store } = await setUp();
  const canary = "Canary";
  const bodies: [Method, string, unknown][] = [
    ["POST", "/lib/records", { [canary]: 1 }],
    ["POST", "/lib/records", { records: [{ image: one, [canary]: 1 }] }],
    ["POST", "/lib/records", { records: [{ image: one, facts: { [canary]: 1 } }] }],
    ["POST", "/lib/records", { records: [{ image: one, facts: { bodyPart: canary } }] }],
    ["POST", "/lib/records", { records: [{ image: one, labels: { [`${canary} ${canary}`]: "x" } }] }],
    ["POST", "/lib/records", { records: [{ image: one, labels: { [canary]: "" } }] }],
    ["POST", "/lib/search", { text: "chest", where: [canary] }],
    ["POST", "/lib/search", { text: "chest", where: [`${canary}=1`] }],
    ["POST", "/lib/search", { text: "chest", where: [`label.${canary}<1`] }],
    ["POST", "/lib/search", { text: "chest", [canary]: 1 }],
    ["DELETE", "/lib/records", { where: [`${canary}=${canary}`] }],
    ["GET", `/lib/records?${canary}=${canary}`, undefined],
    ["GET", `/${canary}`, undefined],
  ];
  for (const [method, path, body] of bodies) {
    const response = await ask(serving, method, path, body);
    const isPerRecord = response.statusCode === 200;
    assert.ok(isPerRecord ? response.json().failed === 1 : response.statusCode >= 400, response.body);
    assert.doesNotMatch(response.body, new RegExp(canary), JSON.stringify(body));
  }
  assert.doesNotMatch(JSON.stringify(serving.logged), new RegExp(canary));
  assert.equal((await store({ image: one })).stored, 1);
});

test("whatever the body, there is an answer, and none of ours is broken", async () => {
  const { serving } = await setUp();
  const good: [Method, string, object][] = [
    [
      "POST",
      "/lib/records",
      { records: [{ image: one, id: "a", source: "b", labels: { c: "d" }, facts: { sex: "F" } }] },
    ],
    ["POST", "/lib/search", { text: "chest", top: 1, where: ["modality=CT"], exact: true, group: 0.5, vectors: true }],
    ["POST", "/lib/search", { vector: Array.from(await embedder.embedText("chest")).slice(0, 4) }],
    ["DELETE", "/lib/records", { ids: ["a"], where: [] }],
  ];
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e99, "", null, [], {}, one, "id=' OR 1=1 --"));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...good), fc.nat(), value, async ([method, path, body], at, spoilt) => {
      const copy = JSON.parse(JSON.stringify(body));
      const places = placesOf(copy);
      const [holder, key] = places[at % places.length];
      holder[key] = spoilt;
      const response = await ask(serving, method, path, copy);
      assert.ok([200, 400, 424].includes(response.statusCode), `${response.statusCode} ${response.body}`);
    }),
    { numRuns: HOSTILE_RUNS },
  );
  assert.equal(serving.load.pending, 0);
});

type Holder = Record<string, unknown>;

function placesOf(holder: Holder): [Holder, string][] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as [Holder, string],
    ...(typeof value === "object" && value !== null ? placesOf(value as Holder) : []),
  ]);
}
