import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { ShardQueue } from "../../src/queue/bullmq.ts";
import { Runs } from "../../src/queue/runs.ts";
import { startMedembed } from "../cli/run.ts";
import { temporaryFolder } from "../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { until } from "../server/serving.ts";
import { addExamples, looksRight, openPage, startServer, skip as withoutBrowser } from "./explorer.ts";

const skip = withoutBrowser || (!isRedisInstalled && "no redis-server on this machine");

const folder = await temporaryFolder();
const KEY = ["--key", join(folder, "identities.key")];

/** A command that goes on until the tests are over. */
function running(args: readonly string[]) {
  const command = startMedembed(args, { cwd: folder });
  const exited = once(command, "exit");
  command.stdout.resume();
  command.stderr.resume();
  after(async () => {
    command.kill("SIGKILL");
    await exited;
  });
  return { command, exited };
}

/** A queue that is paused, with a run of the pictures that come with medembed, one of which is settled as broken. */
async function begin(redisServer: RedisServer) {
  const redis = await redisServer.connect();
  const queue = new ShardQueue(redis);
  after(() => queue.close());
  await queue.pause();
  const pictures = join(import.meta.dirname, "../../examples/images");
  const library = join(folder, "filled");
  const add = ["library", "add", pictures, "--library", library, "--queue", redisServer.url, "--shard", "1", ...KEY];
  const added = running(add);
  const runs = new Runs(redis);
  let run: string | undefined;
  await until(async () => {
    [run] = await runs.all();
    return run !== undefined && ((await runs.state(run))?.isPlanned ?? false);
  });
  const [shard] = await runs.openShards(run!);
  await runs.settle(run!, shard, { inputs: [["broken.png", "failed", "corrupt-image", "it breaks off"]] });
  return { queue, run: run!, added };
}

async function serving(redisServer: RedisServer) {
  const path = join(folder, "medembed.yaml");
  const library = JSON.stringify(await addExamples());
  await writeFile(
    path,
    `port: 0
queue: { redis: "${redisServer.url}", workerHour: 0.5 }
libraries: { examples: { uri: ${library} } }
deployments: { default: { profile: "direct;rendering=dicom" } }
`,
  );
  return startServer(["--config", path]);
}

test("runs and workers are seen while they work, each on a page of its own", { skip }, async () => {
  const redisServer = await RedisServer.start();
  const { queue, run } = await begin(redisServer);
  const { url } = await serving(redisServer);
  await looksRight(`${url}#queue`, "queue", (page) => rowOf(page, run).waitFor());
  await looksRight(`${url}#queue?run=${run}`, "queue-run", (page) => page.getByText("corrupt-image").waitFor());

  const page = await openPage(`${url}#queue`);
  await page.getByText("Paused: workers finish what they have and take no more.").waitFor();
  await rowOf(page, run)
    .getByText(/^1 \(1 corrupt-image\)$/)
    .waitFor();
  await page.getByText("No worker is there.", { exact: false }).waitFor();

  running(["worker", "--queue", redisServer.url, "--threads", "1", ...KEY]);
  const worker = page.getByRole("table").nth(1).getByRole("link");
  await worker.waitFor();
  await worker.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Worker / }).waitFor();
  assert.match(page.url(), /#queue\?worker=[\w.-]+$/);
  await queue.resume();
  await page
    .getByRole("row", { name: /settled/ })
    .first()
    .waitFor();
  await page.getByRole("link", { name: "All runs and workers" }).click();
  await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
});

test("a queue that goes away is said to be away, and the page goes on when it is back", { skip }, async () => {
  const redisServer = await RedisServer.start();
  const { url } = await serving(redisServer);
  const page = await openPage(`${url}#queue`);
  await page.getByText("No run is under way.", { exact: false }).waitFor();
  await redisServer.stop("SIGKILL");
  const away = page.getByText("The Redis server of the queue is away.", { exact: false });
  await away.waitFor();
  await page.getByText("No run is under way.", { exact: false }).waitFor(); // as it was
  await redisServer.start();
  await away.waitFor({ state: "detached" });
});

test("a server without a queue says how it gets one", { skip: withoutBrowser }, async () => {
  const { url } = await startServer(["--library", await addExamples()]);
  await looksRight(`${url}#queue`, "no-queue", (page) => page.getByRole("heading", { name: "No queue" }).waitFor());
});

function rowOf(page: Page, run: string) {
  return page.getByRole("row", { name: new RegExp(run) });
}
