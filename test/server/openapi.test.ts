import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import Value from "typebox/value";
import { Library } from "../../src/library/library.ts";
import { saveMap } from "../../src/library/library-map.ts";
import { spaceOf } from "../../src/library/vector-space.ts";
import { EXPLORER_PAGES } from "../../src/server/explorer/pages.ts";
import { openApiDocument } from "../../src/server/openapi/document.ts";
import { PAGES } from "../../src/server/openapi/pages.ts";
import type { RouteDescription } from "../../src/server/openapi/route-description.ts";
import { ROUTES } from "../../src/server/openapi/routes.ts";
import { WatchedQueue } from "../../src/server/queue/watched-queue.ts";
import { goldenImages, openGolden, temporaryFolder } from "../golden-small.ts";
import { storedVector, unitVector } from "../library/synthetic.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { envelope, prompted, serve, until } from "./serving.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder });
const KEY = "first-key";
const ADMIN_KEY = "admin-key";
const JSON_TYPE = "application/json";
await mkdir(join(folder, "batch", "study"), { recursive: true });
await writeFile(join(folder, "batch", "study", "one.csv"), "text\nchest\n");
const library = await Library.openOrCreate({ uri: join(folder, "library") }, spaceOf(embedder));
await library.insert(
  Array.from({ length: 16 }, (_, i) => {
    const vector = unitVector(`${i}`, embedder.card.projection);
    const labels = { finding: i < 8 ? "none" : "nodule" };
    return storedVector(`${i}`, { vector, labels, facts: { modality: i < 4 ? "CR" : "CT" } });
  }),
);
await library.close();
const places = new Map([["1", [0.5, 0.25] as const]]);
await saveMap(library, { method: "pca", seed: 0, version: 1, made: "2026-11-29T00:00:00Z", places });
const redis = isRedisInstalled ? await RedisServer.start() : undefined;
const queue = redis && (await WatchedQueue.open({ redis: redis.address }, () => {}));
after(() => queue?.close());
const serving = await serve(embedder, {
  keys: [KEY],
  admin: ADMIN_KEY,
  batchFolder: join(folder, "batch"),
  queue,
  libraries: [{ name: "default", uri: join(folder, "library") }],
  deployments: [{}, { name: "views", traffic: 0, labels: prompted("head", "chest") }],
});
const { app } = serving;
const document = JSON.parse(JSON.stringify(openApiDocument(ROUTES)));
const [image] = goldenImages.map((bytes) => bytes.toString("base64"));

const scoreRoute = ROUTES.find(({ path }) => path === "/score")!;

function ask({ method, path }: RouteDescription, body?: unknown, headers: Record<string, string> = {}) {
  return app.inject({
    method: method.toUpperCase() as "GET" | "POST" | "DELETE",
    url: path.replace(/\{(model|library)\}/, "default"),
    headers: {
      authorization: `Bearer ${path.startsWith("/admin/") ? ADMIN_KEY : KEY}`,
      ...(body !== undefined && { "content-type": JSON_TYPE }),
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

test("the document is OpenAPI 3.1 by its own schema, and the same under both of its paths", async () => {
  for (const url of ["/openapi.json", "/swagger.json"]) {
    const response = await app.inject(url); // without a key
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers["content-type"]), /^application\/json/);
    assert.deepEqual(response.json(), document);
  }
  const validator = new Validator();
  assert.deepEqual(await validator.validate(structuredClone(document)), { valid: true });
  assert.equal(validator.version, "3.1");
  const names = Object.keys(document.components.schemas);
  for (const name of ["Error", "ScoreRequest", "ScoreList", "ScoreLabels", "EmbeddingsRequest", "InferAnswer"]) {
    assert.ok(names.includes(name), name);
  }
});

test("every reference leads to a component, and every operation has a name of its own", () => {
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  assert.ok(references.length > 5);
  for (const name of references) assert.ok(Object.hasOwn(document.components.schemas, name), name);
  const names = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, name]) => name);
  assert.equal(new Set(names).size, ROUTES.length);
});

test("every path that is served is described, and every path that is described is served", async () => {
  const described = ROUTES.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ":$1"));
  assert.deepEqual(
    servedPaths().sort(),
    [...new Set([...described, ...Object.keys({ ...PAGES, ...EXPLORER_PAGES })])].sort(),
  );
  for (const { path } of ROUTES) {
    const methods = ROUTES.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    const { headers } = await app.inject({ method: "OPTIONS", url: path });
    assert.deepEqual(
      String(headers.allow).split(", ").sort(),
      methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).sort(),
    );
  }
});

test("every example is what it describes, and is answered as described", async () => {
  if (queue)
    await until(
      async () =>
        (await app.inject({ url: "/queue/runs", headers: { authorization: `Bearer ${KEY}` } })).statusCode === 200,
    );
  for (const route of ROUTES.filter(({ path }) => queue || !path.startsWith("/queue/"))) {
    const bodies = Object.entries(route.request?.content ?? {});
    const examples = bodies.flatMap(([mediaType, { schema, examples = {} }]) =>
      Object.values(examples).map(({ value }) => ({ mediaType, schema, value })),
    );
    for (const { mediaType, schema, value } of examples) {
      assert.ok(Value.Check(schema, value), route.path);
      if (route.path.includes("{id}")) continue; // of something that is not there
      const response = await ask(route, value, { "content-type": mediaType });
      assertDescribed(route, response, route.answer.status ?? 200);
    }
    if (route.request) assert.ok(examples.length > 0, route.path);
    else if (route.method === "get" && !route.path.includes("{id}")) assertDescribed(route, await ask(route), 200);
  }
});

test("what is not JSON is answered as described, too", async () => {
  const embed = ROUTES.find(({ path }) => path === "/embed")!;
  const infer = ROUTES.find(({ path }) => path.endsWith("/infer"))!;
  const accept = "application/octet-stream";
  assertDescribed(embed, await ask(embed, "chest", { "content-type": "text/plain", accept }), 200);
  const inputs = [{ name: "text", datatype: "BYTES", shape: [1], data: ["chest"] }];
  assertDescribed(infer, await ask(infer, { inputs, parameters: { binary_data_output: true } }), 200);
});

test("every path refuses as described: without a key, and what makes no sense", async () => {
  for (const route of ROUTES) {
    if (route.needsKey) assertDescribed(route, await ask(route, undefined, { authorization: "" }), 401);
    if (route.request) assertDescribed(route, await ask(route, "", { "content-type": "a/b" }), 415);
    if (!/\{(model|library)\}/.test(route.path)) continue;
    const other = { ...route, path: route.path.replace(/\{(model|library)\}/, "none") };
    const response = await ask(other, route.request ? { inputs: [] } : undefined);
    assertDescribed(route, response, 404);
  }
});

test("every form of an answer of /score is described", async () => {
  const mixed = envelope(
    ["image", "text"],
    [
      [image, "chest"],
      [null, "head"],
      [image, null],
      [null, null],
    ],
  );
  for (const [body, headers] of [
    [mixed, { "medembed-row-errors": "1" }],
    [envelope(["text"], [["chest"]], { get_scaling_factor: "False" }), {}],
    [envelope(["text"], [["a <|endoftext|> within"]]), { "medembed-response-form": "object" }],
    [envelope(["image"], [[image], [image]]), { "azureml-model-deployment": "views" }],
  ] as const) {
    const response = await ask(scoreRoute, body, headers);
    assert.equal(response.statusCode, 200, response.body);
    assertDescribed(scoreRoute, response);
  }
  const { schema } = scoreRoute.answer.content[JSON_TYPE];
  assert.ok(!Value.Check(schema, [{ image_features: [0.5] }]), "an image vector is nested");
  assert.ok(!Value.Check(schema, [{ other_features: [0.5] }]));
});

test("a refusal has a status that is described, with its code, its headers and its body", async () => {
  const body = envelope(["text"], [["chest"]]);
  const refusals: [statuses: number[], body: unknown, headers: Record<string, string>][] = [
    [[400], "{", {}],
    [[401], body, { authorization: "" }],
    [[404], body, { "azureml-model-deployment": "none" }],
    [[408, 503], envelope(["image"], new Array(50).fill([image])), { "request-timeout-ms": "1" }],
    [[415], body, { "content-type": "text/plain" }],
    [[424], envelope(["image"], [["AAAA"]]), {}],
    [[424], envelope(["image"], [[null]]), {}],
  ];
  for (const [statuses, sent, headers] of refusals) {
    const response = await ask(scoreRoute, sent, headers);
    assert.ok(statuses.includes(response.statusCode), response.body);
    assertDescribed(scoreRoute, response);
  }
});

test("the page needs nothing but its own server, and all it names is there", async () => {
  const page = await app.inject("/docs");
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers["content-type"]), /^text\/html/);
  const policy = String(page.headers["content-security-policy"]);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.doesNotMatch(page.body, /https?:|<script(?! src=)| style=| on\w+=/, "nothing from elsewhere, nothing inline");

  const named = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  assert.equal(named.length, 4);
  const kinds = { js: /^text\/javascript/, css: /^text\/css/, png: /^image\/png/ };
  for (const path of named) {
    const asset = await app.inject(`/${path}`);
    assert.equal(asset.statusCode, 200, path);
    assert.match(String(asset.headers["content-type"]), kinds[path.split(".").at(-1) as keyof typeof kinds]);
    assert.equal(asset.headers["x-content-type-options"], "nosniff");
  }
  const start = await app.inject("/docs/start.js");
  assert.match(start.body, /url: "openapi\.json"/);
});

test("no path leads out of the page's files", async () => {
  for (const path of [
    "/docs/",
    "/docs/package.json",
    "/docs/../package.json",
    "/docs/..%2fpackage.json",
    "/docs/%2e%2e/%2e%2e/package.json",
    "/docs/..\\package.json",
    "/docs//swagger-ui.css",
    "/docs/swagger-ui.css%00.js",
    "/docs/__proto__",
  ]) {
    const response = await app.inject(path);
    assert.ok([400, 404].includes(response.statusCode), `${path} gives ${response.statusCode}`);
    assert.match(String(response.headers["content-type"]), /^application\/json/);
    assert.ok(response.headers["x-request-id"]);
  }
});

test("two schemas of one title are a mistake", () => {
  const { schema } = scoreRoute.answer.content[JSON_TYPE];
  const answer = { description: "", content: { [JSON_TYPE]: { schema: { ...schema } } } };
  const other = { ...scoreRoute, path: "/other", answer };
  assert.throws(() => openApiDocument([scoreRoute, other]), /two schemas have the title ScoreAnswer/);
});

type Response = Awaited<ReturnType<typeof ask>>;

/** Status, media type, headers and body of an answer are what the document says. */
function assertDescribed(
  { method, path, answer, errorBody }: RouteDescription,
  response: Response,
  status = response.statusCode,
): void {
  assert.equal(response.statusCode, status, `${path} gives ${response.body}`);
  const described = document.paths[path][method].responses[status];
  assert.ok(described, `${path} gives ${status}: ${response.body}`);
  const [mediaType] = String(response.headers["content-type"]).split(";");
  assert.ok(Object.hasOwn(described.content, mediaType), `${path} gives ${mediaType}`);
  const ours = Object.keys(response.headers).filter((name) =>
    /^(medembed-|azureml-|ms-azureml-|x-|inference-|retry-after|www-)/.test(name),
  );
  assert.ok(ours.includes("x-request-id"));
  for (const name of ours) assert.ok(Object.hasOwn(described.headers, name), `${name} of ${path}`);
  const isSuccess = status === (answer.status ?? 200);
  const { schema } = isSuccess ? answer.content[mediaType] : errorBody;
  const body = mediaType === JSON_TYPE ? response.json() : response.body;
  assert.ok(Value.Check(schema, body), `${path} gives ${response.body.slice(0, 200)}`);
  const code = isSuccess ? undefined : response.json().error.code;
  if (code !== undefined) assert.ok(described.description.includes(`\`${code}\``), `${path} gives ${code}`);
}

/** What the router has, from its own tree: a child's path goes on after its parent's. */
function servedPaths(): string[] {
  const parents: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => {
      const [, indent, part, methods] = /^([│├└─ ]*)(\S+)(?: \((.*)\))?$/.exec(line)!;
      const depth = indent.length / 4 - 1;
      parents.splice(depth, Infinity, (parents[depth - 1] ?? "") + part);
      return methods === undefined ? [] : [parents[depth]];
    });
}
