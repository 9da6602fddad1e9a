import assert from "node:assert/strict";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ShardQueue } from "../../src/queue/bullmq.ts";
import { type Cells, outputsOf, writeInputs } from "../batch/predictions.ts";
import { medembed, startMedembed } from "../cli/run.ts";
import { DIRECT_CARD, goldenImages, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";

const skip = isRedisInstalled ? false : "redis-server is not installed";
/** Of all files; one of them is poison. */
const ROWS = 120;

test("a batch survives the loss of workers and of its command, and has the bytes of one process", {
  skip,
}, async () => {
  const folder = await temporaryFolder();
  const images = goldenImages.map((bytes) => bytes.toString("base64"));
  const rows = (name: string): Cells[] => Array.from({ length: 40 }, (_, i) => [images[i % 3], `${name} ${i}`]);
  await writeInputs(join(folder, "inputs"), {
    "a.csv": rows("a"),
    "b.csv": [...rows("b").slice(1), ["*", "poison"]],
    "c.csv": rows("c"),
  });
  const server = await RedisServer.start();
  const queue = ["--queue", server.url];
  const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
  const common = ["--model", model, "--cache", join(folder, "cache"), "--threads", "1"];
  const batch = (out: string) => ["batch", "inputs", "--out", out, ...common, "--precision", "fp32"];
  const queued = [...batch("out"), ...queue, "--shard", "4"];
  const start = (args: readonly string[]) => {
    const child = startMedembed(args, { cwd: folder });
    after(() => child.kill("SIGKILL"));
    return { child, exited: once(child, "exit"), told: createInterface({ input: child.stderr }) };
  };
  const startWorker = () => {
    const child = startMedembed(["worker", ...queue, ...common, "--lease", "2"], { cwd: folder });
    after(() => child.kill("SIGKILL"));
    const lines: { readonly end: string; readonly stored: number }[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.startsWith("{")) lines.push(JSON.parse(line));
    });
    return { child, lines, exited: once(child, "exit") };
  };

  const one = await medembed(batch("alone"), { cwd: folder });
  assert.equal(one.code, 1, one.stderr);
  const expected = await outputsOf(join(folder, "alone"));

  const first = start(queued);
  const status = async () => JSON.parse((await medembed(["queue", "status", ...queue, "--json"])).stdout);
  let [run] = (await status()).runs;
  for (; !run?.isPlanned; [run] = (await status()).runs) await setTimeout(50);
  const { kind, place, planned, open } = run;
  assert.deepEqual([kind, place, planned, open], ["batch", join(folder, "out"), ROWS, ROWS / 4]);
  const { stdout } = await medembed(["queue", "status", ...queue]);
  assert.match(stdout, /^run \w+: golden-small to \S+out\n {2}\[-+\] 0 of 120 rows, 0\.0\/s\n {2}0 stored, /m);

  const [lost, whole] = [startWorker(), startWorker()];
  const steering = new ShardQueue(await server.connect());
  after(() => steering.close());
  while (lost.lines.length < 2) await setTimeout(5);
  await steering.pause(); // so that some is left for later
  lost.child.kill("SIGKILL");
  first.child.kill("SIGKILL");
  await Promise.all([lost.exited, first.exited]);
  assert.equal(await stat(join(folder, "out", "manifest.json")).catch(() => undefined), undefined);

  const interrupted = start(queued);
  const said: string[] = [];
  await new Promise<void>((resolve) => {
    interrupted.told.on("line", (line) => {
      said.push(line);
      if (/is taken up$/.test(line)) resolve();
    });
  });
  interrupted.child.kill("SIGINT");
  assert.deepEqual(await interrupted.exited, [1, null]);
  assert.match(said.at(-1)!, /^interrupted; the workers go on, and the same command again/);

  await steering.resume();
  const last = await medembed([...queued, "--json"], { cwd: folder });
  assert.equal(last.code, 1, "a row has failed");
  assert.match(last.stderr, /^failed: b\.csv, row 39, image: /m);
  assert.match(last.stderr, /^120 rows of 3 files, 1 failed, .*, listed in out.manifest\.json$/m);
  const { seconds, ...facts } = JSON.parse(last.stdout);
  assert.ok(seconds > 0);
  assert.deepEqual(facts, { files: 3, rows: ROWS, failed: 1, earlierRows: 0, manifest: join("out", "manifest.json") });
  assert.deepEqual(await outputsOf(join(folder, "out")), expected);

  whole.child.kill("SIGTERM");
  assert.deepEqual(await whole.exited, [0, null]);
});
