import assert from "node:assert/strict";
import { test } from "node:test";
import { queueAddress } from "../../src/cli/queue/queue-options.ts";
import { readRedisAddress } from "../../src/redis/redis-address.ts";

test("an address is read, and shown without what is secret in it", () => {
  assert.deepEqual(readRedisAddress("redis://queue.example"), {
    shown: "redis://queue.example:6379/0",
    host: "queue.example",
    port: 6379,
    database: 0,
    isEncrypted: false,
  });
  assert.deepEqual(readRedisAddress("rediss://me:p%40ss@[::1]:7000/3"), {
    shown: "rediss://[::1]:7000/3",
    host: "::1",
    port: 7000,
    database: 3,
    isEncrypted: true,
    user: "me",
    password: "p@ss",
  });
});

test("what is no address of a Redis server is refused without being repeated", () => {
  for (const url of [
    "",
    "queue",
    "http://secret@host",
    "redis://",
    "redis://:secret@host/x",
    "redis://:secret@host:99999",
  ]) {
    assert.throws(
      () => readRedisAddress(url),
      (error: Error) => /looks like redis:\/\/host:6379/.test(error.message) && !/secret/.test(error.message),
      url,
    );
  }
});

test("a password comes by the environment, not by the command line", () => {
  const environment = { MEDEMBED_QUEUE: "redis://:inside@a", MEDEMBED_QUEUE_USER: "u", MEDEMBED_QUEUE_PASSWORD: "p" };
  const { shown, user, password } = queueAddress({ queue: "redis://b" }, environment);
  assert.deepEqual([shown, user, password], ["redis://b:6379/0", "u", "p"]);
  assert.equal(queueAddress({}, { MEDEMBED_QUEUE: "redis://:inside@a" }).password, "inside");
  assert.equal(queueAddress({ queue: true }, environment).shown, "redis://a:6379/0");
  assert.throws(() => queueAddress({ queue: "redis://:secret@b" }, {}), /others see .*MEDEMBED_QUEUE_PASSWORD/);
  assert.throws(() => queueAddress({}, {}), /name the queue/);
});
