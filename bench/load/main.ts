/**
 * Measures what the endpoint does under load, against a server process on the loopback address:
 *
 * 1. the peak: as many callers as keep the engine busy; and what the engine manages by itself, in a process without a server;
 * 2. overload: twice the peak for a minute, where goodput must stay, every call get an answer and no answer be wrong,
 *    while `GET /live` is asked all the time;
 * 3. memory after some thousand and after ten times as many calls.
 *
 *     npm run bench:load -- [--seconds 60] [--calls 50000] [--json FILE] [--quick]
 *
 * Every call brings other bytes, so that none is answered from the cache or together with another.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Embedder } from "../../src/embedder.ts";
import { build, serveInChild } from "../child.ts";
import { EXAMPLES, picturesIn } from "../inputs.ts";
import { describeRun } from "../machine.ts";
import { type Call, Caller, goodput, quantile, type Tally } from "./traffic.ts";

const PROBE = fileURLToPath(new URL("./probe.ts", import.meta.url));
const TSX = new URL("../../scripts/tsx.mjs", import.meta.url).href;
/** Enough to fill the engine's batches and the threads before it. */
const CALLERS = 16;
/** The second figure of memory is taken after all calls, the first after a tenth of them. */
const EARLY_SHARE = 0.1;
/** Full before the first figure of memory is taken, so that the second tells of all else; how the cache fills is known. */
const SMALL_CACHE_BYTES = 2 ** 20;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    calls: { type: "string", default: "50000" },
    json: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const seconds = options.quick ? 5 : Number(options.seconds);
const callCount = options.quick ? 2_000 : Number(options.calls);

await build();
const folder = await mkdtemp(join(tmpdir(), "medembed-load-"));
const configOf = async (cacheBytes: number) => {
  const config = join(folder, `cache-${cacheBytes}.yaml`);
  await writeFile(config, `cache: { memoryBytes: ${cacheBytes} }\n`);
  return ["--config", config];
};

try {
  const alone = round(await engineRate(1e3 * Math.min(seconds, 15)));
  const endpoint = await withServer(await configOf(0), async ({ url }) => {
    const caller = new Caller(url);
    const calls = await pictureCalls(caller);
    await caller.closedLoop(calls, CALLERS, ({ sent }) => sent >= 4 * CALLERS); // every thread has loaded its model
    const until = performance.now() + 1e3 * Math.min(seconds, 15);
    const peak = await caller.closedLoop(calls, CALLERS, () => performance.now() > until);
    const { tally: overload, live } = await whileProbed(url, () => caller.openLoop(calls, 2 * goodput(peak), seconds));
    caller.close();
    return { peak: summaryOf(peak), overload: summaryOf(overload), live };
  });
  const memory = await withServer(await configOf(SMALL_CACHE_BYTES), async ({ url, pid }) => {
    const caller = new Caller(url);
    const calls = await pictureCalls(caller);
    const early = await caller.closedLoop(calls, CALLERS, ({ sent }) => sent >= EARLY_SHARE * callCount);
    const afterEarly = await residentBytes(pid);
    const late = await caller.closedLoop(calls, CALLERS, ({ sent }) => sent >= (1 - EARLY_SHARE) * callCount);
    const afterAll = await residentBytes(pid);
    caller.close();
    return {
      calls: [early.sent, early.sent + late.sent],
      wrong: early.wrong + late.wrong,
      residentBytes: [afterEarly, afterAll],
      ratio: round(afterAll / afterEarly),
    };
  });
  const results = { ...describeRun("bench:load", process.argv.slice(2)), engineAlone: alone, ...endpoint, memory };
  console.log(
    `engine     ${alone} pictures/s by itself; under overload the endpoint takes ${round(alone / endpoint.overload.goodput)} times as long a picture\n` +
      `peak       ${endpoint.peak.goodput} pictures/s with ${CALLERS} callers, p99 ${endpoint.peak.p99} ms\n` +
      `overload   ${endpoint.overload.goodput} pictures/s at ${round(endpoint.overload.sent / endpoint.overload.seconds)} calls/s: ` +
      `${round(endpoint.overload.goodput / endpoint.peak.goodput)} of the peak; ${JSON.stringify(endpoint.overload.statuses)}, ` +
      `${endpoint.overload.wrong} wrong, ${endpoint.overload.malformed} malformed\n` +
      `/live      p50 ${endpoint.live.p50} ms, p99 ${endpoint.live.p99} ms, ${endpoint.live.failed} failed of ${endpoint.live.asked}\n` +
      `memory     ${memory.residentBytes.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(" and ")} after ` +
      `${memory.calls.join(" and ")} calls: ${memory.ratio}`,
  );
  if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true });
}

async function withServer<Result>(
  args: readonly string[],
  work: (server: { url: string; pid: number }) => Promise<Result>,
): Promise<Result> {
  const server = await serveInChild(args);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Pictures a second in this process, from memory, as many in work as the endpoint has callers. */
async function engineRate(ms: number): Promise<number> {
  const [embedder, pictures] = await Promise.all([Embedder.open(), examplePictures()]);
  const embedUntil = async (isOver: () => boolean) => {
    let count = 0;
    const embed = async () => {
      while (!isOver()) await embedder.embedImage(pictures[count++ % pictures.length]);
    };
    await Promise.all(Array.from({ length: CALLERS }, embed));
    return count;
  };
  try {
    let warmUp = 4 * CALLERS; // every thread has loaded its model
    await embedUntil(() => warmUp-- <= 0);
    const started = performance.now();
    const count = await embedUntil(() => performance.now() > started + ms);
    return (1e3 * count) / (performance.now() - started);
  } finally {
    await embedder.close();
  }
}

async function examplePictures(): Promise<Buffer[]> {
  return Promise.all((await picturesIn(EXAMPLES)).map((path) => readFile(path)));
}

/** One call for each example picture, with the answer that an idle server gives. */
async function pictureCalls(caller: Caller): Promise<Call[]> {
  const calls: Call[] = [];
  for (const picture of await examplePictures()) {
    const body = bodies(picture);
    const answer = await caller.send("/score", body(0));
    if (answer?.status !== 200) throw new Error(`an idle server answered ${answer?.status}`);
    calls.push({ path: "/score", body, answer: answer.text });
  }
  return calls;
}

/** The picture with a number behind its end, which no reader looks at: the same pixels in other bytes. */
function bodies(picture: Buffer): (serial: number) => string {
  const whole = Buffer.concat([picture, Buffer.alloc((3 - (picture.length % 3)) % 3)]).toString("base64");
  const number = Buffer.alloc(6);
  return (serial) => {
    number.writeUIntBE(serial, 0, 6);
    const cell = whole + number.toString("base64");
    return JSON.stringify({ input_data: { columns: ["image"], data: [[cell]] } });
  };
}

/** Asks `/live` from another process as long as the work goes on. */
async function whileProbed(url: string, work: () => Promise<Tally>) {
  const probe = spawn(process.execPath, ["--import", TSX, PROBE, url], { stdio: ["pipe", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  probe.stdout.on("data", (chunk) => chunks.push(chunk));
  const tally = await work();
  probe.stdin.end();
  await once(probe, "close");
  const { times, failed } = JSON.parse(Buffer.concat(chunks).toString()) as { times: number[]; failed: number };
  const live = {
    asked: times.length + failed,
    failed,
    p50: round(quantile(times, 0.5)),
    p99: round(quantile(times, 0.99)),
  };
  return { tally, live };
}

/** @throws Error where the system does not tell (it is Linux that does) */
async function residentBytes(pid: number): Promise<number> {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error("the memory of another process cannot be read on this system");
  return Number(kibibytes) * 1024;
}

function summaryOf(tally: Tally) {
  const { latencies, ...counts } = tally;
  return {
    ...counts,
    seconds: round(tally.seconds),
    goodput: round(goodput(tally)),
    p50: round(quantile(latencies, 0.5)),
    p99: round(quantile(latencies, 0.99)),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
