import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Library } from "../../../src/library/library.ts";
import { readConfig } from "../../../src/server/config.ts";
import { DIRECT_CARD, goldenImages, makeCheckpoint, temporaryFolder } from "../../golden-small.ts";
import { until } from "../serving.ts";
import { startFromFile } from "../start-from-file.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const MODEL = "model: golden-small, precision: fp32, threads: 1";
const images = goldenImages.map((bytes) => bytes.toString("base64"));

const config = (libraries: string, deployments = `main: { ${MODEL} }`) =>
  `port: 0\nkeys: { primary: first-key, admin: admin-key }\nlibraries:\n  ${libraries}\ndeployments:\n  ${deployments}\n`;

let files = 0;
async function writeConfig(yaml: string): Promise<string> {
  const path = join(folder, `medembed-${files++}.yaml`);
  await writeFile(path, yaml);
  return path;
}

async function start(yaml: string) {
  const path = await writeConfig(yaml);
  const { server, url, logged } = await startFromFile(path, join(folder, "cache"));
  after(() => server.stop());
  const ask = async (method: string, route: string, body?: unknown, key = "first-key") => {
    const response = await fetch(`${url}${route}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what is answered is what the tests find out
    return { status: response.status, body: (await response.json()) as any };
  };
  const reload = (text: string) =>
    writeFile(path, text).then(() => ask("POST", "/admin/reload", undefined, "admin-key"));
  return { server, ask, reload, logged, path };
}

test("a config whose libraries make no sense is refused with its line", async () => {
  const two = `main: { ${MODEL} }\n  other: { ${MODEL}, traffic: 100 }\n  views: { ${MODEL}, labels: [a, b] }`;
  for (const [yaml, reason] of [
    [config("lib: {}"), /:4: libraries\.lib\.uri|:4: libraries\.lib must/],
    [config("lib: { uri: ./x, colour: red }"), /:4: libraries\.lib\.colour is unknown/],
    [
      config("lib: { uri: ./x, deployment: none }"),
      /:4: libraries\.lib names a deployment that there is not; there are main$/,
    ],
    [config("lib: { uri: ./x }", two), /:4: libraries\.lib must name its deployment, one of main, other, views$/],
    [config("lib: { uri: ./x, deployment: views }", two), /:4: libraries\.lib needs a deployment that gives vectors/],
  ] as const) {
    await assert.rejects(readConfig(await writeConfig(yaml), {}, {}), { code: "usage", message: reason });
  }
  const { libraries } = await readConfig(
    await writeConfig(config("lib: { uri: ./x, key: ./y }\n  far: { uri: s3://a/b }")),
    {},
    {},
  );
  assert.deepEqual(
    libraries.map(({ uri, keyFile, isWritable }) => ({ uri, keyFile, isWritable })),
    [
      { uri: join(folder, "x"), keyFile: join(folder, "y"), isWritable: false },
      { uri: "s3://a/b", keyFile: undefined, isWritable: false },
    ],
  );
});

test("reloads under load lose no record and no call; libraries come, go and close after their last call", async () => {
  const chest = "chest: { uri: ./chest, writable: true }";
  const { server, ask, reload, logged } = await start(config(chest));
  await server.ready;
  let isOver = false;
  const stored: string[] = [];
  const storeOn = async (who: number) => {
    for (let i = 0; !isOver; i++) {
      const id = `${who} ${i}`;
      const { status, body } = await ask("POST", "/library/chest/records", { records: [{ image: images[i % 3], id }] });
      assert.equal(status, 200);
      assert.deepEqual(body.records, [{ outcome: "stored", id }]);
      stored.push(id);
    }
  };
  const storing = [0, 1, 2].map(storeOn);
  await until(() => stored.length > 5);
  const libraries = `${chest.replace("true", "true, key: ./key")}\n  other: { uri: ./other, writable: true }`;
  const { status, body: report } = await reload(config(libraries, `main: { ${MODEL}, profile: direct }`));
  assert.equal(status, 200, JSON.stringify(report));
  assert.deepEqual(report, {
    opened: ["main"],
    kept: [],
    closed: ["main"],
    libraries: { opened: ["chest", "other"], kept: [], closed: ["chest"] },
    needsRestart: [],
  });
  const before = stored.length;
  await until(() => stored.length > before + 5);
  isOver = true;
  await Promise.all(storing);
  await until(() => logged.some(({ msg, library }) => msg === "closed after its last call" && library === "chest"));
  assert.equal((await ask("GET", "/library/chest")).body.records, stored.length);
  const library = await Library.open({ uri: join(folder, "chest") });
  assert.deepEqual([...(await library.idsAmong(stored))].sort(), [...stored].sort());
  await library.close();
  const { body } = await ask("GET", "/admin/status", undefined, "admin-key");
  assert.deepEqual(body.libraries, [
    { name: "chest", state: "ready", pending: 0, deployment: "main" },
    { name: "other", state: "ready", pending: 0, deployment: "main" },
  ]);
});

test("a library of another profile than its deployment's is refused at a reload, and at the start", async () => {
  const chest = "chest: { uri: ./profiles, writable: true }";
  const { server, ask, reload, path } = await start(config(chest));
  await server.ready;
  const other = config(chest, `main: { ${MODEL}, profile: mi2-service }`);
  const refused = await reload(other);
  assert.equal(refused.status, 422);
  const reason = /:4: libraries\.chest cannot be served by the deployment main: .*profile direct.*profile mi2-service/;
  assert.match(refused.body.error.message, reason);
  const { body } = await ask("POST", "/library/chest/records", { records: [{ image: images[0] }] });
  assert.equal(body.stored, 1, "all is as before");

  const started = await startFromFile(path, join(folder, "cache"));
  await assert.rejects(started.server.ready, { code: "usage", message: reason });
  await started.server.stop();
});
