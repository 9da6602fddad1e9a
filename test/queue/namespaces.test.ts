import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { MEDEMBED, parseLines } from "../cli/run.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isS3ServerInstalled, startS3Server } from "../library/s3-server.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { until } from "../server/serving.ts";
import { writePictures } from "./kill-workers.ts";

const PICTURES = 200;
const PASSWORD = "between-two-hosts";
const LEASE_S = 2;
/** Longer than a lease, so that what the lost worker had is another's when it returns. */
const AWAY_MS = 3_000 * LEASE_S;

const ip = (...args: readonly string[]) => spawnSync("ip", args, { encoding: "utf8" });

/** A second host on this machine, with a cable to it. Undefined where the kernel or our rights do not allow it. */
function makeHost() {
  const name = `medembed-${process.pid}`;
  const ends = [`me${process.pid}`, `mo${process.pid}`];
  const network = `10.213.${process.pid % 256}`;
  const remove = () => {
    ip("link", "del", ends[0]);
    ip("netns", "del", name);
  };
  const isMade = [
    ["netns", "add", name],
    ["link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", name],
    ["addr", "add", `${network}.1/30`, "dev", ends[0]],
    ["link", "set", ends[0], "up"],
    ["-n", name, "addr", "add", `${network}.2/30`, "dev", ends[1]],
    ["-n", name, "link", "set", ends[1], "up"],
  ].every((args) => ip(...args).status === 0);
  if (!isMade) {
    remove();
    return undefined;
  }
  after(remove);
  const setCable = (state: "up" | "down") => assert.equal(ip("link", "set", ends[0], state).status, 0);
  return { name, here: `${network}.1`, setCable };
}

const host = isRedisInstalled && isS3ServerInstalled ? makeHost() : undefined;

if (!host) {
  const skip = "redis-server or moto_server is not installed, or no network namespace can be made";
  test("a worker on another host is cut off and returns where the system allows it", { skip }, () => {});
} else {
  const folder = await temporaryFolder();
  const server = await RedisServer.start("--bind", "127.0.0.1", host.here, "--requirepass", PASSWORD);
  const bucket = await startS3Server(host.here);
  const queue = server.url.replace("127.0.0.1", host.here);
  const env = { ...process.env, ...bucket, MEDEMBED_QUEUE_PASSWORD: PASSWORD };
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const common = ["--queue", queue, "--model", model, "--cache", join(folder, "cache"), "--key", join(folder, "key")];

  const start = (args: readonly string[], before: readonly string[] = []): ChildProcess => {
    const [program, ...rest] = [...before, ...MEDEMBED, ...args, ...common];
    const child = spawn(program, rest, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
    after(() => child.kill("SIGKILL"));
    return child;
  };
  const startWorker = (before: readonly string[] = []) => {
    const worker = start(["worker", "--lease", String(LEASE_S), "--threads", "1"], before);
    const lines: string[] = [];
    createInterface({ input: worker.stderr! }).on("line", (line) => lines.push(line));
    const exited = once(worker, "exit");
    /** Of all that it has told so far. */
    const settled = () => lines.filter((line) => line.startsWith("{") && JSON.parse(line).end === "settled").length;
    return { worker, lines, exited, settled };
  };

  test("a worker on another host is cut off, others take what it had, and it returns", async () => {
    const ids = await writePictures(join(folder, "pictures"), PICTURES);
    const names = new Map<string, string>();
    for (const [path, outcome] of ids) {
      const name = path.slice(join(folder, "pictures").length + 1);
      assert.ok("id" in outcome);
      names.set(`s3://pictures/archive/${name}`, outcome.id);
      const body = await readFile(path);
      assert.ok((await fetch(`${bucket.AWS_ENDPOINT}/pictures/archive/${name}`, { method: "PUT", body })).ok);
    }
    const place = ["--library", "s3://pictures/library", "--manifest", "manifest.jsonl", "--precision", "fp32"];
    const add = start(["library", "add", "s3://pictures/archive/", ...place, "--shard", "2"]);
    const added = Promise.all([once(add, "exit"), text(add.stderr!)]);

    const far = startWorker(["ip", "netns", "exec", host.name]);
    await until(() => far.settled() > 0);
    host.setCable("down");
    const near = startWorker();
    await until(() => near.settled() > 0);
    await setTimeout(AWAY_MS);
    host.setCable("up");

    const [[code], log] = await added;
    assert.equal(code, 0, log);
    const manifest = parseLines(await readFile(join(folder, "manifest.jsonl"), "utf8"));
    assert.deepEqual(
      manifest.slice(1, -1).map(({ path, outcome, id }) => [path, outcome, id]),
      [...names].map(([path, id]) => [path, "stored", id]),
    );
    assert.equal(manifest.at(-1).records, PICTURES);
    for (const { worker, lines, exited } of [far, near]) {
      worker.kill("SIGTERM");
      const [ended] = await exited;
      assert.equal(ended, 0, lines.join("\n"));
    }
  });
}
