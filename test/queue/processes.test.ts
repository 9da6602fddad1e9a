import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { medembed, parseLines, startMedembed } from "../cli/run.ts";
import { DIRECT_CARD, golden, goldenFile, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isS3ServerInstalled, startS3Server } from "../library/s3-server.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";

const SECRET = "not-to-be-told";

if (!isRedisInstalled || !isS3ServerInstalled) {
  const skip = "redis-server or moto_server is not";
  test("workers fill a library in a bucket from a bucket where both servers are installed", { skip }, () => {});
} else {
  const folder = await temporaryFolder();
  const bucket = await startS3Server();
  const server = await RedisServer.start("--requirepass", SECRET);
  const env = { ...bucket, MEDEMBED_QUEUE_PASSWORD: SECRET };
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const common = ["--model", model, "--cache", join(folder, "cache"), "--key", join(folder, "identities.key")];
  const queue = ["--queue", server.url];
  const put = async (key: string, path: string) => {
    const { ok } = await fetch(`${bucket.AWS_ENDPOINT}/pictures/${key}`, { method: "PUT", body: await readFile(path) });
    assert.ok(ok);
  };
  const pictures = golden.images.slice(0, 3).map(({ file }) => file);
  for (const file of pictures) await put(`archive/a/${file}`, goldenFile(file));
  await put("archive/b/1.2.840.1", fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url)));
  await put("archive/b/notes.txt", goldenFile("golden.json"));
  await put("archive/b/README", goldenFile("golden.json"));
  await put("elsewhere/c.png", goldenFile(golden.images[3].file));
  const wanted = [...pictures.map((file) => `a/${file}`), "b/1.2.840.1"].map((key) => `s3://pictures/archive/${key}`);

  test("a worker fills a library in a bucket from a bucket, over a queue with a password", async () => {
    const worker = startMedembed(["worker", ...queue, ...common, "--threads", "1", "--metrics", "0"], {
      cwd: folder,
      env,
    });
    let log = "";
    worker.stderr.on("data", (piece) => {
      log += piece;
    });
    const place = ["s3://pictures/archive/", "--library", "s3://pictures/library"];
    const add = ["library", "add", ...place, ...common, "--precision", "fp32", "--json"];
    const first = await medembed([...add, ...queue, "--manifest", "manifest.jsonl", "--shard", "2"], {
      cwd: folder,
      env,
    });
    assert.equal(first.code, 0, first.stderr + log);
    assert.match(first.stderr, /^4 stored, 0 known, 0 failed, .* listed in manifest\.jsonl$/m);
    assert.deepEqual(
      parseLines(first.stdout).map(({ path, outcome }) => [path, outcome]),
      wanted.map((path) => [path, "stored"]),
    );
    const manifest = parseLines(await readFile(join(folder, "manifest.jsonl"), "utf8"));
    assert.deepEqual([manifest[0].library, manifest.length, manifest.at(-1).records], ["s3://pictures/library", 6, 4]);

    const status = await medembed(["queue", "status", ...queue, "--json"], { env });
    assert.deepEqual(JSON.parse(status.stdout), {
      isPaused: false,
      workers: 1,
      shards: { waiting: 0, again: 0, inWork: 0, givenUp: 0 },
      runs: [],
    });
    const [, metrics] = /metrics at (http\S+)$/m.exec(log) ?? [];
    const scraped = await (await fetch(metrics)).text();
    for (const line of [
      'medembed_worker_shards_total{end="settled"} 2',
      'medembed_worker_inputs_total{outcome="stored"} 4',
      'medembed_queue_shards{state="waiting"} 0',
    ]) {
      assert.ok(scraped.includes(`${line}\n`), line);
    }
    assert.equal(await (await fetch(metrics.replace(/metrics$/, "live"))).text(), "live\n");
    worker.kill("SIGTERM");
    const [code] = await once(worker, "exit");
    assert.equal(code, 0, log);
    const lines = log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    assert.deepEqual(
      lines.map(({ end, stored }) => [end, stored]),
      [
        ["settled", 2],
        ["settled", 2],
      ],
    );
    assert.doesNotMatch(log + first.stderr + status.stderr, new RegExp(`${SECRET}|archive/`));

    // The same without a queue.
    const again = await medembed([...add, "--threads", "1"], { cwd: folder, env });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(
      parseLines(again.stdout).map(({ path, outcome }) => [path, outcome]),
      wanted.map((path) => [path, "known"]),
    );
  });

  test("a bucket without TLS is read where that is allowed, and not else", async () => {
    const { AWS_ALLOW_HTTP: _, ...strict } = bucket;
    const { code, stderr } = await medembed(["embed", "s3://pictures/archive/", ...common.slice(0, 4)], {
      env: strict,
    });
    assert.deepEqual(
      [code, stderr],
      [
        2,
        "medembed: the storage is without TLS, so pictures can be read on their way; AWS_ALLOW_HTTP=true allows it\n",
      ],
    );
  });

  test("a queue that refuses or is not there is told without the password", async () => {
    const status = (url: string, password: string) =>
      medembed(["queue", "status", "--queue", url], { env: { MEDEMBED_QUEUE_PASSWORD: password } });
    const refused = await status(server.url, "another-secret");
    assert.deepEqual(
      [refused.code, refused.stderr],
      [1, `medembed: the queue at ${server.url}/0 cannot be used: it refuses the user or password\n`],
    );
    const absent = await status("redis://127.0.0.1:1", SECRET);
    assert.deepEqual(
      [absent.code, absent.stderr],
      [1, "medembed: the queue at redis://127.0.0.1:1/0 cannot be used: ECONNREFUSED\n"],
    );
  });
}
