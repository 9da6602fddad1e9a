import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { WriteTurns } from "../../src/queue/write-turns.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";

if (!isRedisInstalled) {
  test("turns are taken on a real Redis server where one is installed", { skip: "redis-server is not" }, () => {});
} else {
  const server = await RedisServer.start();
  const workers = [await server.connect(), await server.connect()].map((redis) => new WriteTurns(redis));

  test("workers write to a library one after the other, and to two at the same time", async () => {
    const now = new Map<string, number>();
    const most = new Map<string, number>();
    const write = async (library: string) => {
      const writers = (now.get(library) ?? 0) + 1;
      now.set(library, writers);
      most.set(library, Math.max(most.get(library) ?? 0, writers));
      await setTimeout(10);
      now.set(library, now.get(library)! - 1);
    };
    const asked = Array.from({ length: 12 }, (_, i) => workers[i % 2].take("lib", () => write("lib")));
    await Promise.all(asked);
    assert.deepEqual([...most], [["lib", 1]]);

    await workers[0].take("a", () => workers[1].take("b", async () => {})); // ends, though the other has its turn
  });

  test("a turn ends with an error, which is told", async () => {
    await assert.rejects(
      workers[0].take("lib", () => Promise.reject(new Error("disk full"))),
      /disk full/,
    );
    assert.equal(await workers[1].take("lib", async () => "written"), "written");
  });

  test("a turn that another has by now is not ended", async () => {
    const redis = await server.connect();
    await workers[0].take("lib", async () => {
      await redis.set("medembed:turn:lib", "another"); // as if the first one's time had passed
    });
    assert.equal(await redis.get("medembed:turn:lib"), "another");
    redis.disconnect();
  });
}
