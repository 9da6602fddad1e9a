import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { medembed, parseLines, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small")); // without a card, as the published one: profile mi2-service
await writeFile(
  join(folder, "medembed.yaml"),
  "port: 0\nkeys: { primary: first-key }\ndeployments:\n  chest: { model: golden-small, precision: fp32, threads: 1 }\n",
);

test("the process listens, scores, and ends with 0 when it is told to", async () => {
  const args = ["serve", "--config", "medembed.yaml", "--cache", join(folder, "cache")];
  const server = startMedembed(args, { cwd: folder, env: { MEDEMBED_KEY_SECONDARY: "second-key" } });
  const exit = once(server, "exit");
  const lines: string[] = [];
  let url = "";
  for await (const line of createInterface({ input: server.stderr })) {
    lines.push(line);
    const { msg } = JSON.parse(line);
    url = /listening on (\S+)/.exec(msg)?.[1] ?? url;
    if (msg === "ready") break;
  }
  const rest = readAll(server.stderr);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);

  const agent = new Agent({ keepAlive: true }); // a connection that stays open does not keep the process from ending
  const score = async (key: string) => {
    const call = request(`${url}/score`, {
      agent,
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "azureml-model-deployment": "chest",
      },
    });
    const [{ text }] = golden.texts.slice(1);
    const data = [[goldenImages[0].toString("base64"), text]];
    call.end(JSON.stringify({ input_data: { columns: ["image", "text"], index: [0], data }, params: {} }));
    const [response] = await once(call, "response");
    return { status: response.statusCode, body: JSON.parse(await readAll(response)) };
  };
  for (const key of ["first-key", "second-key"]) {
    const { status, body } = await score(key);
    assert.equal(status, 200);
    assert.ok(largestDifference(body[0].image_features[0], golden.images[0].service_embedding) <= GOLDEN_TOLERANCE);
    assert.ok(largestDifference(body[0].text_features, golden.texts[1].embedding) <= GOLDEN_TOLERANCE);
  }
  assert.equal((await score("third-key")).status, 401);

  server.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
  agent.destroy();
  const logged = parseLines(`${lines.join("\n")}\n${await rest}`);
  assert.deepEqual(
    logged.filter(({ msg }) => msg === "request").map(({ status }) => status),
    [200, 200, 401],
  );
  assert.equal(logged.at(-1).msg, "stopped");
  assert.doesNotMatch(JSON.stringify(logged), /first-key|third-key/);
});

test("a port that is none is refused with 2 before anything is loaded", async () => {
  const { code, stderr } = await medembed(["serve", "--port", "http"]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /--port http must be/);
});

test("a model that is missing ends the process with 1 and the reason", async () => {
  const { code, stderr } = await medembed(["serve", "--port", "0", "--model", "none"], { cwd: folder });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /no model "none"/);
});
