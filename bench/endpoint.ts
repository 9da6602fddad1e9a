/**
 * Measures what the HTTP endpoint costs over the engine it stands before: the same pictures through `Embedder` in this
 * process and through `POST /score` of a server process on the loopback address, one at a time and several at a time.
 *
 *     npm run bench:endpoint -- [--model NAME|FOLDER] [--precision auto|fp32|int8] [--quick]
 */
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { listInputs } from "../src/cli/inputs.ts";
import { Embedder } from "../src/embedder.ts";
import { inParallel } from "../src/in-parallel.ts";
import { PRECISIONS } from "../src/models/bundle.ts";
import { DEFAULT_MODEL } from "../src/models/registry.ts";
import { build, serveInChild } from "./child.ts";
import { describeRun } from "./machine.ts";
import { type Case, measureInRounds, spreadOf } from "./rounds.ts";

const EXAMPLES = fileURLToPath(new URL("../examples/images", import.meta.url));
/** Callers at a time: more than one process of a client opens. */
const CALLERS = 8;

const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: DEFAULT_MODEL },
    precision: { type: "string", default: "auto" },
    quick: { type: "boolean", default: false },
  },
});
const precision = ["auto" as const, ...PRECISIONS].find((known) => known === options.precision);
if (precision === undefined) throw new Error(`no precision "${options.precision}"`);

await build();
const pictures: Buffer[] = [];
for await (const { id } of listInputs({ paths: [EXAMPLES], texts: [], textsFile: undefined })) {
  pictures.push(await readFile(id));
}
const bodies = pictures.map((bytes) =>
  JSON.stringify({ input_data: { columns: ["image"], data: [[bytes.toString("base64")]] } }),
);
const threads = availableParallelism();
const embedder = await Embedder.open({ model: options.model, precision, threads });
const server = await serveInChild(["--model", options.model, "--precision", precision]);
const agent = new Agent({ keepAlive: true });

try {
  const { samples, shareOfOthers } = await measureInRounds(
    {
      engine: inTurn(pictures, 1, (bytes) => embedder.embedImage(bytes)),
      endpoint: inTurn(bodies, 1, score),
      engineBusy: inTurn(pictures, CALLERS, (bytes) => embedder.embedImage(bytes)),
      endpointBusy: inTurn(bodies, CALLERS, score),
    },
    options.quick
      ? { caseMs: 300, minRounds: 3, maxRounds: 3, budgetMs: 0 }
      : { caseMs: 1_000, minRounds: 7, maxRounds: 15, budgetMs: 60_000 },
  );
  const { machine, commit, isChanged } = describeRun("bench:endpoint", process.argv.slice(2));
  console.log(
    `${machine.cpu.model}, ${machine.cores} cores, ${threads} used; commit ${commit}${isChanged ? " changed" : ""}`,
  );
  console.log(
    `${embedder.card.name} ${embedder.card.precision}, profile ${embedder.profile}, ${pictures.length} pictures`,
  );
  console.log(`share of the cores that others took: ${spreadOf(shareOfOthers).median.toFixed(2)}`);
  for (const [name, { wall }] of Object.entries(samples)) {
    const { median, min, max } = spreadOf(wall.map((seconds) => seconds * 1e3));
    console.log(`${name.padEnd(14)} ${median.toFixed(2)} ms a picture (${min.toFixed(2)} to ${max.toFixed(2)})`);
  }
  // Round by round, since a busy moment of the machine touches both alike.
  for (const [what, one, other] of [
    ["one at a time", samples.engine, samples.endpoint],
    [`${CALLERS} at a time`, samples.engineBusy, samples.endpointBusy],
  ] as const) {
    const { median, min, max } = spreadOf(other.wall.map((seconds, i) => seconds / one.wall[i]));
    console.log(`endpoint / engine, ${what}: ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`);
  }
} finally {
  agent.destroy();
  await Promise.all([server.stop(), embedder.close()]);
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
