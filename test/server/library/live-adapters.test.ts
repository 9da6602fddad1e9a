import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Library } from "../../../src/library/library.ts";
import { readConfig } from "../../../src/server/config.ts";
import { DIRECT_CARD, golden, goldenImages, makeCheckpoint, temporaryFolder } from "../../golden-small.ts";
import { storedVector, unitVector } from "../../library/synthetic.ts";
import { envelope } from "../serving.ts";
import { startFromFile } from "../start-from-file.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const path = join(folder, "medembed.yaml");
const uri = join(folder, "lib");
const config = (more = "") => `port: 0
keys: { primary: first-key, admin: admin-key }
libraries:
  lib: { uri: ./lib, writable: true, adapters: ./adapters }
deployments:
  main: { model: golden-small, precision: fp32, threads: 1 }
${more}`;

async function start() {
  const { server, url } = await startFromFile(path, join(folder, "cache"));
  after(() => server.stop());
  await server.ready;
  const ask = async (method: string, route: string, body?: unknown, headers = {}) => {
    const response = await fetch(`${url}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${route.startsWith("/admin") ? "admin-key" : "first-key"}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const lines = (await response.text()).trim().split("\n");
    return { status: response.status, body: JSON.parse(lines.at(-1)!) };
  };
  const labels = async () => {
    const body = envelope(["image"], [[goldenImages[0].toString("base64")]]);
    return ask("POST", "/score", body, { "azureml-model-deployment": "findings" });
  };
  return { server, ask, labels };
}

test("an adapter is served at once, stays through a reload and a restart, and goes without losing what else is served", async () => {
  await writeFile(path, config());
  const first = await start();
  const { body: library } = await first.ask("GET", "/library/lib");
  const open = await Library.open({ uri });
  await open.insert(
    Array.from({ length: 24 }, (_, i) => {
      const vector = unitVector(`${i}`, library.space.dimensions);
      return storedVector(`${i}`, { vector, labels: { finding: i % 2 === 0 ? "none" : "nodule" } });
    }),
  );
  await open.close();

  const trained = await first.ask("POST", "/library/lib/adapters", { label: "finding", heads: ["k-nn"] });
  assert.equal(trained.body.kind, "done", JSON.stringify(trained.body));
  const { training } = trained.body;
  assert.equal((await first.labels()).status, 404);
  assert.equal((await first.ask("POST", "/library/lib/adapters/findings", { training })).status, 200);
  const { body: labels } = await first.labels();
  assert.equal(labels[0].length, 2, JSON.stringify(labels));
  const reloaded = await first.ask("POST", "/admin/reload");
  assert.deepEqual(reloaded.body.kept, ["main", "findings"]);
  await first.server.stop();

  const second = await start();
  assert.deepEqual((await second.labels()).body, labels);
  assert.equal((await second.ask("DELETE", "/library/lib/adapters/findings")).status, 200);
  assert.equal((await second.labels()).status, 404);
  const text = envelope(["text"], [[golden.texts[1].text]]);
  assert.equal((await second.ask("POST", "/score", text)).status, 200);
  assert.deepEqual((await second.ask("POST", "/admin/reload")).body.kept, ["main"]);
  assert.deepEqual((await second.ask("GET", "/library/lib/adapters")).status, 405);

  const again = await second.ask("POST", "/library/lib/adapters", { label: "finding" });
  await second.ask("POST", "/library/lib/adapters/findings", { training: again.body.training });
  await cp(join(folder, "adapters", "findings"), join(folder, "adapters", "main"), { recursive: true });
  await assert.rejects(readConfig(path, {}, {}), {
    code: "usage",
    message: /medembed\.yaml:4: the adapter .*main has the name of another deployment: rename its folder/,
  });
  await mkdir(join(folder, "adapters", "empty"));
  await assert.rejects(readConfig(path, {}, {}), { code: "usage" });
});
