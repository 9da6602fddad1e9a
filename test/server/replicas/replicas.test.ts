import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { CachingEmbedder } from "../../../src/server/cache/caching-embedder.ts";
import { RedisCache } from "../../../src/server/cache/redis-cache.ts";
import { Caller } from "../../../src/server/caller.ts";
import { readConfig } from "../../../src/server/config.ts";
import { redisLedger } from "../../../src/server/replicas/redis-ledger.ts";
import { readSharedConfig } from "../../../src/server/replicas/replicas-config.ts";
import { ReplicasRedis } from "../../../src/server/replicas/replicas-redis.ts";
import { startServer } from "../../../src/server/start-server.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../../redis/redis-server.ts";
import { altered, until } from "../serving.ts";

const skip = !isRedisInstalled && "no redis-server on this machine";

const embedder = await openGolden();
const [picture] = goldenImages;

/** The part of a replica that asks Redis; what it has said of it stands in `notes`. */
async function replica(server: RedisServer) {
  const notes: string[] = [];
  const redis = await ReplicasRedis.open(server.address, (message) => notes.push(message));
  after(() => redis.close());
  const isThere = async () => (await redis.ask((server) => server.ping())) === "PONG";
  await until(isThere);
  const asked = { images: 0, texts: 0 };
  const counting = altered(embedder, {
    embedImage: (bytes, options) => {
      asked.images++;
      return embedder.embedImage(bytes, options);
    },
    embedText: (text, patience) => {
      asked.texts++;
      return embedder.embedText(text, patience);
    },
  });
  const cached = new CachingEmbedder(counting, { redis: new RedisCache(redis, 60) });
  return { redis, isThere, cached, asked, notes, ledger: redisLedger(redis) };
}

test("what one replica has computed another does not, to the last bit", { skip }, async () => {
  const server = await RedisServer.start();
  const [one, other] = [await replica(server), await replica(server)];
  const vectors = [await one.cached.embedImage(picture), await one.cached.embedText("x-ray chest")];
  const client = await server.connect();
  await until(async () => (await client.dbsize()) === 2);
  assert.deepEqual([await other.cached.embedImage(picture), await other.cached.embedText("x-ray chest")], vectors);
  assert.deepEqual(vectors[0], await embedder.embedImage(picture));
  assert.deepEqual(
    [one.asked, other.asked],
    [
      { images: 1, texts: 1 },
      { images: 0, texts: 0 },
    ],
  );
  const { redisHits, misses } = other.cached.counts;
  assert.deepEqual([redisHits, misses], [2, 0]);
  const [key] = await client.keys("medembed:vector:*");
  const seconds = await client.ttl(key);
  assert.ok(seconds > 0 && seconds <= 60, `kept for ${seconds} s`);
});

test("a value that is not what was sealed under its key is no hit", { skip }, async () => {
  const server = await RedisServer.start();
  const { cached, asked } = await replica(server);
  const expected = await cached.embedText("ct brain");
  const client = await server.connect();
  await until(async () => (await client.dbsize()) === 1);
  const [key] = await client.keys("*");
  const sealed = (await client.getBuffer(key))!;
  for (const broken of [
    Buffer.concat([sealed, sealed]),
    sealed.subarray(1),
    Buffer.alloc(sealed.length),
    Buffer.alloc(0),
  ]) {
    await client.set(key, broken);
    assert.deepEqual(await cached.embedText("ct brain"), expected);
  }
  assert.equal(asked.texts, 5);
});

test("replicas count the calls of a key together, and each tells when there is room", { skip }, async () => {
  const server = await RedisServer.start();
  const replicas = [await replica(server), await replica(server)];
  const callers = replicas.map(({ ledger }) => new Caller("pacs", { requestsPerMinute: 3 }, { ledger }));
  for (const caller of [callers[0], callers[1], callers[0]]) (await caller.enter())();
  for (const caller of callers) {
    await assert.rejects(caller.enter(), ({ code, retryAfter }: { code: string; retryAfter: number }) => {
      return code === "over-quota" && retryAfter > 0 && retryAfter <= 20; // three a minute are one in twenty seconds
    });
    assert.equal(caller.quota.left, 0);
  }
  const others = new Caller("viewer", { requestsPerMinute: 1 }, { ledger: replicas[0].ledger });
  (await others.enter())();
});

test("without Redis every replica goes on by itself, and together again when it is back", { skip }, async () => {
  const server = await RedisServer.start();
  const { redis, cached, asked, notes, ledger, isThere } = await replica(server);
  const caller = new Caller("pacs", { requestsPerMinute: 5 }, { ledger });
  for (let i = 0; i < 3; i++) (await caller.enter())();
  await server.stop("SIGKILL");
  await until(async () => !(await isThere()));
  const vector = await cached.embedText("mri knee");
  assert.deepEqual(vector, await embedder.embedText("mri knee"));
  for (let i = 0; i < 2; i++) (await caller.enter())(); // from where the count in Redis had come to
  await assert.rejects(caller.enter(), { code: "over-quota" });
  await server.start();
  await until(isThere);
  await cached.embedText("mri knee");
  assert.equal(asked.texts, 2, "it was not kept while there was nobody to keep it");
  assert.equal(notes.length, 2);
  assert.match(notes[0], /^the Redis server at redis:\/\/127\.0\.0\.1:\d+\/0 is away: .*; going on without it$/);
  assert.match(notes[1], /is back$/);
  redis.close();
  await until(async () => !(await isThere()));
  assert.equal(notes.length, 2, "who goes away by himself does not tell");
});

test("a server that has frozen is given up, and taken again when it goes on", { skip }, async () => {
  const server = await RedisServer.start();
  const { cached, notes, isThere } = await replica(server);
  server.signal("SIGSTOP");
  try {
    assert.deepEqual(await cached.embedText("ct liver"), await embedder.embedText("ct liver"));
    await until(async () => !(await isThere()) && notes.length > 0);
    assert.match(notes[0], /is away: no answer; going on without it$/);
  } finally {
    server.signal("SIGCONT");
  }
  await until(isThere);
  assert.match(notes.at(-1)!, /is back$/);
});

test("a server that cannot listen lets go of Redis, too", { skip }, async () => {
  const server = await RedisServer.start();
  const client = await server.connect();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  after(() => taken.close());
  const folder = await temporaryFolder();
  const path = join(folder, "medembed.yaml");
  await writeFile(path, `shared: { redis: "${server.url}" }\nport: ${(taken.address() as AddressInfo).port}\n`);
  const config = await readConfig(path, {}, {});
  const reread = async () => config;
  const options = { config, reread, environment: {}, cacheFolder: folder, logTo: new PassThrough().resume() };
  await assert.rejects(startServer(options), { code: "usage", message: /cannot listen/ });
  await until(
    async () =>
      String(await client.client("LIST"))
        .trim()
        .split("\n").length === 1,
  );
});

test("a value of another kind under a quota's name refuses nobody", { skip }, async () => {
  const server = await RedisServer.start();
  const { ledger, redis } = await replica(server);
  await (await server.connect()).set("medembed:quota:pacs", "no hash");
  (await new Caller("pacs", { requestsPerMinute: 1 }, { ledger }).enter())();
  assert.equal(redis.errors, 1);
});

test("the address and its credentials come from the config and the environment, and no message repeats them", () => {
  const environment = { MEDEMBED_REDIS_USER: "medembed", MEDEMBED_REDIS_PASSWORD: "hush" };
  const { redis, vectorSeconds } = readSharedConfig({ redis: "rediss://redis.example" }, environment);
  assert.deepEqual([redis.shown, redis.user, redis.password], ["rediss://redis.example:6379/0", "medembed", "hush"]);
  assert.equal(vectorSeconds, 604_800);
  assert.throws(
    () => readSharedConfig({ redis: "http://:secret@host" }, {}),
    ({ code, message }: { code: string; message: string }) =>
      code === "usage" && /^shared\.redis: .*redis:\/\/host:6379/.test(message) && !message.includes("secret"),
  );
});
