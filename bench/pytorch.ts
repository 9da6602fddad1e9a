/**
 * Times the image tower of a model in the product's engine and in PyTorch, in turns: one picture at a time, all cores.
 *
 *     npm run bench:pytorch -- --python PYTHON [--model NAME|FOLDER] [--rounds N] [--json FILE]
 *
 * PYTHON has what training/requirements.txt lists. Seconds a picture, median (least - most), and how often as fast as PyTorch.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../src/convert/bundle-cache.ts";
import { openBundle } from "../src/convert/open-bundle.ts";
import { Engine } from "../src/inference/engine.ts";
import { PRECISIONS } from "../src/models/bundle.ts";
import { DEFAULT_MODEL, modelFolder } from "../src/models/registry.ts";
import { describeRun } from "./machine.ts";
import { type Spread, spreadOf } from "./rounds.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    model: { type: "string", default: DEFAULT_MODEL },
    rounds: { type: "string", default: "7" },
    json: { type: "string" },
  },
});
const { model, python } = options;
const cacheFolder = process.env.MEDEMBED_CACHE ?? defaultCacheFolder();
const threads = availableParallelism();

/** A way to embed one picture. */
interface Contender {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const contenders = [await startPyTorch(), ...(await Promise.all(PRECISIONS.map(openEngine)))];
const seconds = new Map(contenders.map(({ name }) => [name, [] as number[]]));
for (let round = 0; round < Number(options.rounds); round++) {
  for (const { name, run } of round % 2 === 0 ? contenders : contenders.toReversed()) {
    const started = performance.now();
    await run();
    seconds.get(name)?.push((performance.now() - started) / 1e3);
  }
}
await Promise.all(contenders.map(({ close }) => close()));

const timesOfPyTorch = seconds.get("pytorch") ?? [];
const results = [...seconds].map(([name, times]) => ({
  name,
  seconds: spreadOf(times),
  speedOverPyTorch: spreadOf(times.map((time, round) => timesOfPyTorch[round] / time)),
}));
for (const { name, seconds: spread, speedOverPyTorch } of results) {
  console.log(
    `${name.padEnd(8)} ${inWords(spread)} s a picture, ${inWords(speedOverPyTorch)} times as fast as PyTorch`,
  );
}
if (options.json !== undefined) {
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(
    options.json,
    `${JSON.stringify({ ...describeRun("bench:pytorch", []), threads, results }, null, 2)}\n`,
  );
}

async function openEngine(precision: (typeof PRECISIONS)[number]): Promise<Contender> {
  const bundle = await openBundle({ model, precision, cacheFolder });
  const engine = await Engine.open(bundle, threads);
  const { width, height } = bundle.card.image;
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 2_654_435_761) >>> 24);
  const run = () => engine.embedImages([{ width, height, data }]);
  await run(); // loads the model
  return { name: precision, run, close: () => engine.close() };
}

async function startPyTorch(): Promise<Contender> {
  const args = [
    "-m",
    "training.image_tower",
    "--model",
    resolve(await modelFolder(model)),
    "--threads",
    String(threads),
  ];
  const child = spawn(python, args, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextAnswer = async () => {
    if ((await answers.next()).done) throw new Error(`${python} ${args.join(" ")} stopped`);
  };
  await nextAnswer();
  return {
    name: "pytorch",
    run: async () => {
      child.stdin.write("\n");
      await nextAnswer();
    },
    close: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

function inWords({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map((value) => value.toPrecision(3));
  return `${middle} (${least} - ${most})`;
}
