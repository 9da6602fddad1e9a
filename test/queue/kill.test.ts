import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MEDEMBED } from "../cli/run.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { killWorkers } from "./kill-workers.ts";

/** `npm run bench:queue` has fifty. */
const KILLS = 3;
const PICTURES = 300;

const skip = isRedisInstalled ? false : "redis-server is not installed";

test("workers are killed at any moment, and every file is in the library once and in the manifest once", {
  skip,
}, async () => {
  const folder = await temporaryFolder();
  const server = await RedisServer.start();
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const { kills } = await killWorkers({
    folder: join(folder, "run"),
    command: MEDEMBED,
    common: ["--model", model, "--cache", join(folder, "cache"), "--key", join(folder, "identities.key")],
    queue: server.url,
    pictures: PICTURES,
    kills: KILLS,
    random: Math.random,
  });
  assert.equal(kills, KILLS);
});
