import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { rotateKey } from "../../src/server/rotate-key.ts";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { envelope, until } from "./serving.ts";
import { startFromFile } from "./start-from-file.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small"));
const MODEL = "model: golden-small, precision: fp32, threads: 1";
const ADMIN = { authorization: "Bearer admin-key" };
let servers = 0;

/** A server on a config file that the test may change. */
async function start(yaml: string) {
  const path = join(folder, `medembed-${servers++}.yaml`);
  await writeFile(path, yaml);
  const { server, url, logged } = await startFromFile(path, join(folder, "cache"));
  after(() => server.stop());
  await server.ready;
  return {
    server,
    logged,
    path,
    write: (text: string) => writeFile(path, text),
    score: (body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${url}/score`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer first-key", ...headers },
        body: JSON.stringify(body),
      }),
    admin: (method: string, route: string, headers: Record<string, string> = ADMIN) =>
      fetch(`${url}/admin/${route}`, { method, headers }),
    /** How many log lines have a text. */
    told: (text: string) => logged.filter(({ msg }) => msg.includes(text)).length,
  };
}

const config = (deployments: string, more = "") =>
  `port: 0\nkeys: { primary: first-key, secondary: second-key, admin: admin-key }\n${more}deployments:\n  ${deployments}\n`;
const direct = config(`main: { ${MODEL}, profile: direct }`);
const service = config(`main: { ${MODEL}, profile: mi2-service }`);
const both = envelope(["image", "text"], [[goldenImages[0].toString("base64"), golden.texts[1].text]]);

test("five reloads under load lose no call, and no answer is wrong", async () => {
  const { admin, score, write, server, told } = await start(direct);
  let isOver = false;
  const seen = new Map<string, number>();
  const callOn = async () => {
    while (!isOver) {
      const response = await score(both);
      assert.equal(response.status, 200);
      const [row] = (await response.json()) as { image_features: number[][]; text_features: number[] }[];
      const profile = response.headers.get("medembed-profile")!;
      const { embedding, service_embedding } = golden.images[0];
      const expected = profile === "direct" ? embedding : service_embedding;
      assert.ok(largestDifference(row.image_features[0], expected) <= GOLDEN_TOLERANCE, profile);
      assert.ok(largestDifference(row.text_features, golden.texts[1].embedding) <= GOLDEN_TOLERANCE);
      seen.set(profile, (seen.get(profile) ?? 0) + 1);
    }
  };
  const calling = Array.from({ length: 4 }, callOn);
  await until(() => seen.size === 1);
  for (let i = 0; i < 5; i++) {
    await write(i % 2 === 0 ? service : direct);
    const response = await admin("POST", "reload");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { opened: ["main"], kept: [], closed: ["main"], needsRestart: [] });
    const before = [...seen.values()].reduce((sum, count) => sum + count, 0);
    await until(() => [...seen.values()].reduce((sum, count) => sum + count, 0) > before + 4);
  }
  isOver = true;
  await Promise.all(calling);
  assert.equal(seen.size, 2, "both profiles have answered");
  await until(() => told("closed after its last call") === 5);
  assert.equal(server.config.deployments[0].profile, "mi2-service");
});

test("what does not touch the model is taken over without loading it again", async () => {
  const { admin, score, write, logged } = await start(config(`main: { ${MODEL} }`));
  await write(
    config(`main: { ${MODEL}, responseForm: object, maxPending: 3 }`, "limits: { maxRows: 1 }\n").replace(
      "first",
      "new",
    ),
  );
  const report = await (await admin("POST", "reload")).json();
  assert.deepEqual(report, { opened: [], kept: ["main"], closed: [], needsRestart: [] });
  assert.equal(logged.filter(({ msg }) => msg === "ready").length, 1);
  assert.equal((await score(both)).status, 401);
  const headers = { authorization: "Bearer new-key" };
  const answer = (await (await score(both, headers)).json()) as { text_features: unknown[] };
  assert.equal(answer.text_features.length, 1, "the object form");
  assert.equal((await score(envelope(["text"], [["a"], ["b"]]), headers)).status, 400, "one row at most");
});

test("deployments come and go, and traffic moves", async () => {
  const { admin, score, write, told } = await start(config(`blue: { ${MODEL} }`));
  const answeredBy = async () => (await score(both)).headers.get("azureml-model-deployment");
  await write(config(`blue: { ${MODEL}, traffic: 0 }\n  green: { ${MODEL}, profile: direct, traffic: 100 }`));
  assert.deepEqual(await (await admin("POST", "reload")).json(), {
    opened: ["green"],
    kept: ["blue"],
    closed: [],
    needsRestart: [],
  });
  assert.equal(await answeredBy(), "green");
  await write(config(`green: { ${MODEL}, profile: direct }`));
  await admin("POST", "reload");
  await until(() => told("closed after its last call") === 1);
  assert.equal((await score(both, { "azureml-model-deployment": "blue" })).status, 404);
  assert.equal(await answeredBy(), "green");
});

test("a config that makes no sense is refused with its line, and all stays as it was", async () => {
  const { admin, score, write, path, logged, server } = await start(direct);
  for (const [yaml, reason] of [
    [`${direct}nonsense: 1\n`, `${path}:5: nonsense is unknown`],
    [config("main: { model: none }"), /no model/],
    [config(`main: { ${MODEL} }\n  other: { ${MODEL}, traffic: 7 }`), /7 percent/],
    [config(`main: { ${MODEL}, labels: none.txt }`), /no file of labels/],
    ["host: 0.0.0.0\n", /set MEDEMBED_KEY/],
  ] as const) {
    await write(yaml);
    const response = await admin("POST", "reload");
    assert.equal(response.status, 422);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    assert.equal(error.code, "reload_refused");
    if (typeof reason === "string") assert.equal(error.message, reason);
    else assert.match(error.message, reason);
    assert.equal(logged.find(({ msg }) => msg.startsWith("reload refused"))?.level, 40);
    assert.equal((await score(both)).status, 200);
    await assert.rejects(server.reload(), { code: "reload-refused" });
  }
  await write(service);
  assert.equal((await admin("POST", "reload")).status, 200);
});

test("a model that cannot be loaded leaves nothing behind that was loaded beside it", async () => {
  const { admin, score, write, server } = await start(direct);
  await write(
    config(`main: { ${MODEL}, profile: direct }\n  new: { ${MODEL}, profile: mi2-service }\n  bad: { model: none }`),
  );
  assert.equal((await admin("POST", "reload")).status, 422);
  assert.equal((await score(both)).status, 200);
  assert.deepEqual(
    server.config.deployments.map(({ name }) => name),
    ["main"],
  );
  await server.stop(); // would not end with a thread left
});

test("what needs a restart is said, and the server stays where it is", async () => {
  const { admin, write, score, server } = await start(direct);
  await write(direct.replace("port: 0", "port: 9\nhost: localhost"));
  for (let i = 0; i < 2; i++) {
    const report = (await (await admin("POST", "reload")).json()) as { needsRestart: string[] };
    assert.deepEqual(report.needsRestart, ["host", "port"], "the second time, too");
  }
  assert.equal((await score(both)).status, 200);
  assert.equal(server.config.port, 0);
});

// "127.1" is this machine, too, but looks like another address to the check.
test("a server that others reach keeps a key, whatever the new config says of the host", async () => {
  const { write, server, score } = await start(direct.replace("port: 0", "port: 0\nhost: '127.1'"));
  await write(`port: 0\ndeployments:\n  main: { ${MODEL}, profile: direct }\n`);
  await assert.rejects(server.reload(), { code: "reload-refused", message: /127\.1 can be reached/ });
  assert.equal((await score(both, { authorization: "" })).status, 401);
});

test("two reloads at once come one after the other", async () => {
  const { server, write } = await start(direct);
  await write(service);
  const [first, second] = await Promise.all([server.reload(), server.reload()]);
  assert.deepEqual([first.opened, second.opened], [["main"], []], "the second finds what the first has loaded");
});

test("a reload that is under way when the server stops changes nothing and holds up nothing", async () => {
  const { server, write } = await start(direct);
  await write(service);
  const reloading = assert.rejects(server.reload(), { code: "reload-refused" });
  await server.stop();
  await reloading;
});

test("only the admin's key reloads", async () => {
  const { admin, told } = await start(direct);
  assert.equal((await admin("POST", "reload", { authorization: "Bearer first-key" })).status, 403);
  assert.equal((await admin("POST", "reload", {})).status, 401);
  assert.equal((await admin("GET", "reload")).status, 405);
  assert.equal(told("reloaded"), 0);
});

test("a key that is rotated in its file is taken over by itself, the other one is valid throughout", async () => {
  const keyFile = join(folder, "keys.yaml");
  await writeFile(keyFile, "# ours\nprimary: first-key\nsecondary: second-key # until spring\nadmin: admin-key\n", {
    mode: 0o600,
  });
  const { score, admin, logged, told } = await start(
    `port: 0\nkeys: { file: keys.yaml }\ndeployments:\n  a: { ${MODEL} }\n`,
  );
  let isOver = false;
  const throughout = (async () => {
    for (; !isOver; ) assert.equal((await score(both, { authorization: "Bearer second-key" })).status, 200);
  })();
  const key = await rotateKey(keyFile, "primary");
  await until(() => told("taken over") === 1);
  assert.equal((await score(both, { authorization: `Bearer ${key}` })).status, 200);
  assert.equal((await score(both)).status, 401, "the old one is out");

  await writeFile(keyFile, "primary: [\n");
  await until(() => told("the key file is refused") === 1);
  await writeFile(keyFile, "");
  await until(() => told("the key file is refused") === 2);
  assert.match(logged.at(-1).reason ?? logged.findLast(({ reason }) => reason).reason, /no key to score with/);
  assert.equal((await score(both, { authorization: `Bearer ${key}` })).status, 200, "the old keys stay");

  await chmod(keyFile, 0o644);
  await writeFile(keyFile, `primary: ${key}\nsecondary: second-key\nadmin: admin-key\n`);
  await until(() => told("others on this machine can read") >= 1);
  const last = await rotateKey(keyFile, "primary");
  assert.equal((await admin("POST", "reload")).status, 200, "a reload reads the keys, too");
  assert.equal((await score(both, { authorization: `Bearer ${last}` })).status, 200);
  isOver = true;
  await throughout;
  assert.doesNotMatch(JSON.stringify(logged), new RegExp(`${key}|${last}|second-key`));
});
