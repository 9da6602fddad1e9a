/**
 * Measures what the HTTP endpoint costs over the engine it stands before: the same pictures through `Embedder` in this
 * process and through `POST /score` of a server process on the loopback address, one at a time and several at a time. The
 * server keeps no vectors, so that it computes every one.
 *
 * Caller and server share the cores, and the caller's work is not the service's: beside the time a picture takes stands
 * the CPU time that the server's process took for it, and the embedder's.
 *
 *     npm run bench:endpoint -- [--model NAME|FOLDER] [--precision auto|fp32|int8] [--pictures FOLDER] [--json FILE] [--quick]
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Embedder } from "../src/embedder.ts";
import { inParallel } from "../src/in-parallel.ts";
import { PRECISIONS } from "../src/models/bundle.ts";
import { DEFAULT_MODEL } from "../src/models/registry.ts";
import { build, cpuSecondsOf, serveInChild } from "./child.ts";
import { EXAMPLES, picturesIn } from "./inputs.ts";
import { describeRun } from "./machine.ts";
import { type Case, measureInRounds, type Samples, type Spread, spreadOf } from "./rounds.ts";

/** Callers at a time: more than one process of a client opens. */
const CALLERS = 8;

const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: DEFAULT_MODEL },
    precision: { type: "string", default: "auto" },
    pictures: { type: "string", default: EXAMPLES },
    json: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const precision = ["auto" as const, ...PRECISIONS].find((known) => known === options.precision);
if (precision === undefined) throw new Error(`no precision "${options.precision}"`);

await build();
const pictures = await Promise.all((await picturesIn(options.pictures)).map((path) => readFile(path)));
const bodies = pictures.map((bytes) =>
  JSON.stringify({ input_data: { columns: ["image"], data: [[bytes.toString("base64")]] } }),
);
const threads = availableParallelism();
const folder = await mkdtemp(join(tmpdir(), "medembed-endpoint-"));
const config = join(folder, "medembed.yaml");
await writeFile(config, "cache: { memoryBytes: 0 }\n");
const embedder = await Embedder.open({ model: options.model, precision, threads });
const server = await serveInChild(["--config", config, "--model", options.model, "--precision", precision]);
const agent = new Agent({ keepAlive: true });

try {
  const embed = (bytes: Buffer) => embedder.embedImage(bytes);
  const ofServer = { cpuSeconds: () => cpuSecondsOf(server.pid) };
  const { samples, shareOfOthers } = await measureInRounds(
    {
      engine: inTurn(pictures, 1, embed),
      endpoint: { ...inTurn(bodies, 1, score), ...ofServer },
      engineBusy: inTurn(pictures, CALLERS, embed),
      endpointBusy: { ...inTurn(bodies, CALLERS, score), ...ofServer },
    },
    options.quick
      ? { caseMs: 300, minRounds: 3, maxRounds: 3, budgetMs: 0 }
      : { caseMs: 2_000, minRounds: 7, maxRounds: 15, budgetMs: 90_000 },
  );
  const results = {
    ...describeRun("bench:endpoint", process.argv.slice(2)),
    model: embedder.card.name,
    precision: embedder.card.precision,
    profile: embedder.profile,
    pictures: pictures.length,
    shareOfOthers: spreadOf(shareOfOthers),
    oneAtATime: compare(samples.engine, samples.endpoint),
    [`${CALLERS}AtATime`]: compare(samples.engineBusy, samples.endpointBusy),
  };
  console.log(JSON.stringify(results, null, 2));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  agent.destroy();
  await Promise.all([server.stop(), embedder.close()]);
  await rm(folder, { recursive: true });
}

/** In ms a picture, and how many times as much the endpoint takes: round by round, since a busy moment touches both alike. */
function compare(engine: Samples, endpoint: Samples) {
  const ofKind = (kind: keyof Samples) => ({
    engine: milliseconds(engine[kind]),
    endpoint: milliseconds(endpoint[kind]),
    ratio: rounded(spreadOf(endpoint[kind].map((seconds, i) => seconds / engine[kind][i]))),
  });
  return { wall: ofKind("wall"), cpu: ofKind("cpu") };
}

function milliseconds(seconds: readonly number[]): Spread {
  return rounded(spreadOf(seconds.map((value) => value * 1e3)));
}

function rounded({ median, min, max }: Spread): Spread {
  const digits = (value: number) => Number(value.toPrecision(3));
  return { median: digits(median), min: digits(min), max: digits(max) };
}

function inTurn<Item>(items: readonly Item[], atATime: number, work: (item: Item) => Promise<unknown>): Case {
  return {
    units: items.length,
    run: async () => {
      async function* source() {
        yield* items;
      }
      for await (const _ of inParallel(source(), { width: atATime }, work));
    },
  };
}

/** The answer is read to its end and not parsed: that is the client's own affair. */
function score(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = request(`${server.url}/score`, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on("end", resolve);
    });
    call.on("error", reject).end(body);
  });
}
