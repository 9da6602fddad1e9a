import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
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
import { untilReady } from "../until-ready.ts";
import { medembed, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small")); // without a card, as the published one: profile mi2-service
await writeFile(
  join(folder, "medembed.yaml"),
  "port: 0\nkeys: { primary: first-key }\ndeployments:\n  chest: { model: golden-small, precision: fp32, threads: 1 }\n",
);

test("the process listens, scores, finishes what it has when it is told to stop, and ends with 0", async () => {
  const args = ["serve", "--config", "medembed.yaml", "--cache", join(folder, "cache")];
  const server = startMedembed(args, { cwd: folder, env: { MEDEMBED_KEY_SECONDARY: "second-key" } });
  const exit = once(server, "exit");
  const { url, logged, log } = await untilReady(server);
  assert.match(logged[0].msg, /^listening on http:\/\/127\.0\.0\.1:\d+$/);

  const agent = new Agent({ keepAlive: true }); // a connection that stays open does not keep the process from ending
  const open = (key: string, headers = {}) =>
    request(new URL("/score", url), {
      agent,
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "azureml-model-deployment": "chest",
        ...headers,
      },
    });
  const row = [goldenImages[0].toString("base64"), golden.texts[1].text];
  const envelope = { input_data: { columns: ["image", "text"], index: [0], data: [row] }, params: {} };
  const finish = async (call: ClientRequest) => {
    call.end(JSON.stringify(envelope));
    const [response]: IncomingMessage[] = await once(call, "response");
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(await readAll(response)) };
  };
  const assertScored = ({ status, body }: Awaited<ReturnType<typeof finish>>) => {
    assert.equal(status, 200);
    assert.ok(largestDifference(body[0].image_features[0], golden.images[0].service_embedding) <= GOLDEN_TOLERANCE);
    assert.ok(largestDifference(body[0].text_features, golden.texts[1].embedding) <= GOLDEN_TOLERANCE);
  };
  for (const key of ["first-key", "second-key"]) assertScored(await finish(open(key)));
  assert.equal((await finish(open("third-key"))).status, 401);

  const last = open("first-key", { expect: "100-continue" });
  last.flushHeaders();
  await once(last, "continue"); // the server has the call and waits for its body
  server.kill("SIGTERM");
  await once(log, "stopping");
  const answer = await finish(last);
  assertScored(answer);
  assert.equal(answer.headers.connection, "close");
  assert.deepEqual(await exit, [0, null]);
  agent.destroy();
  assert.deepEqual(
    logged.filter(({ msg }) => msg === "request").map(({ status }) => status),
    [200, 200, 401, 200],
  );
  assert.equal(logged.at(-1).msg, "stopped");
  assert.doesNotMatch(JSON.stringify(logged), /first-key|third-key/);
});

test("SIGHUP reloads the config, and a bad one is refused without harm", async () => {
  const path = join(folder, "reload.yaml");
  const config = (profile: string) =>
    `port: 0\ndeployments:\n  a: { model: golden-small, precision: fp32, threads: 1, profile: ${profile} }\n`;
  await writeFile(path, config("direct"));
  const server = startMedembed(["serve", "--config", path, "--cache", join(folder, "cache")]);
  const exit = once(server, "exit");
  const { log } = await untilReady(server);
  await writeFile(path, config("mi2-service"));
  const reloaded = once(log, "reloaded");
  server.kill("SIGHUP");
  assert.deepEqual((await reloaded)[0].opened, ["a"]);
  await writeFile(path, "port: none\n");
  const refused = once(log, "reload refused, all is as before");
  server.kill("SIGHUP");
  assert.match((await refused)[0].reason, /reload\.yaml:1: port must be integer/);
  server.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
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
