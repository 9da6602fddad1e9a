/**
 * Measures what medembed does on this machine: images and texts per second end to end and by stage, on every rung of the
 * precision ladder, with fidelity to fp32, memory, cold start and the distance to the machine's own matrix products.
 *
 *     npm run bench -- [--model NAME|FOLDER] [--images FOLDER] [--json FILE] [--update-card] [--quick]
 *
 * A table on stdout, JSON where `--json` says. Fidelity is measured on examples/images and the pictures of `--images`;
 * `--update-card` writes it into the card of the checkpoint, by which `--precision auto` chooses.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../src/convert/bundle-cache.ts";
import { openBundle } from "../src/convert/open-bundle.ts";
import { Embedder } from "../src/embedder.ts";
import { Engine } from "../src/inference/engine.ts";
import type { Precision } from "../src/models/bundle.ts";
import { cardOf, readCard } from "../src/models/card.ts";
import { locateCheckpoint } from "../src/models/checkpoint-folder.ts";
import { parseModelConfig } from "../src/models/model-config.ts";
import { DEFAULT_MODEL, modelFolder } from "../src/models/registry.ts";
import { build } from "./child.ts";
import { measureCommands } from "./commands.ts";
import { measureFidelity } from "./fidelity.ts";
import { EXAMPLES, makeTexts, picturesIn, writePictures } from "./inputs.ts";
import { describeRun } from "./machine.ts";
import { imageMacs, meanTextMacs } from "./macs.ts";
import { type Results, rate, summarizeRung } from "./results.ts";
import { type Effort, spreadOf } from "./rounds.ts";
import { formatTable } from "./table.ts";
import { measureTimings, type Rung, type Rungs } from "./timings.ts";

const MAX_PICTURES = 64;
const TEXTS = 64;
/** A full-size picture takes seconds: then fewer of them make a round. */
const PICTURES_A_ROUND_MS = 1_000;
const THOROUGH = {
  rounds: { caseMs: 1_000, minRounds: 3, maxRounds: 7, budgetMs: 60_000 },
  coldStarts: 5,
} as const satisfies Plan;
const QUICK = {
  rounds: { caseMs: 300, minRounds: 2, maxRounds: 2, budgetMs: 0 },
  coldStarts: 2,
} as const satisfies Plan;

interface Plan {
  readonly rounds: Effort;
  readonly coldStarts: number;
}

const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: DEFAULT_MODEL },
    images: { type: "string" },
    json: { type: "string" },
    "update-card": { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});
const { model } = options;
const cacheFolder = process.env.MEDEMBED_CACHE ?? defaultCacheFolder();
const threads = availableParallelism();
const folder = await mkdtemp(join(tmpdir(), "medembed-bench-"));
try {
  const results = await bench(options.quick ? QUICK : THOROUGH);
  console.log(formatTable(results));
  if (options.json !== undefined) {
    await mkdir(dirname(options.json), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  if (options["update-card"]) await updateCard(results.fidelity);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bench(plan: Plan): Promise<Results> {
  const about = describeRun("bench", process.argv.slice(2));
  const checkpoint = await locateCheckpoint(await modelFolder(model));
  const config = parseModelConfig(await readFile(checkpoint.config, "utf8"));
  console.error("making pictures, compiling, opening the model on every rung");
  await build();
  const examples = await picturesIn(EXAMPLES);
  const pictures = await writePictures(examples, join(folder, "pictures"), MAX_PICTURES);
  const rungs: Rungs = { fp32: await openRung("fp32"), int8: await openRung("int8") };
  const { embedder } = rungs.fp32;

  const inputs = { pictures: pictures.slice(0, await picturesARound(embedder, pictures[0])), texts: makeTexts(TEXTS) };
  console.error(`timing ${inputs.pictures.length} pictures and ${TEXTS} texts in rounds`);
  const timings = await measureTimings(rungs, inputs, { effort: plan.rounds, threads, folder });

  const comparable = [...examples, ...(options.images === undefined ? [] : await picturesIn(options.images))];
  console.error(`comparing the vectors of ${comparable.length} pictures`);
  const { fidelity, unreadable } = await measureFidelity(embedder, rungs.int8.embedder, comparable);
  const tokens = inputs.texts.map((text) => embedder.tokenize(text).length);
  for (const rung of Object.values(rungs)) await Promise.all([rung.embedder.close(), rung.engine.close()]);

  console.error("starting the command line again and again");
  const commands = await measureCommands(inputs.pictures, ["--model", model, "--cache", cacheFolder], plan.coldStarts);

  const macs = { image: imageMacs(config), text: meanTextMacs(config, tokens) };
  const ofRung = (precision: Precision) => ({
    ...summarizeRung(timings, precision, macs),
    coldStartSeconds: spreadOf(commands.coldStartSeconds[precision]),
    peakMemoryBytes: commands.peakMemoryBytes[precision],
  });
  return {
    ...about,
    model: { name: embedder.card.name, weights: embedder.card.weights, profile: embedder.profile },
    threads,
    rounds: timings.decode.wall.length,
    inputs: {
      pictures: inputs.pictures.length,
      texts: TEXTS,
      tokensAText: tokens.reduce((sum, count) => sum + count, 0) / TEXTS,
    },
    macs: { ...macs, imageWithPadding: imageMacs(config, "counted") },
    stages: { decodePerSecond: rate(timings.decode), resizePerSecond: rate(timings.resize) },
    shareOfOthers: spreadOf(timings.shareOfOthers),
    emptyNodeSeconds: spreadOf(commands.emptyNodeSeconds),
    precisions: { fp32: ofRung("fp32"), int8: ofRung("int8") },
    fidelity: { int8: fidelity },
    unreadablePictures: unreadable,
  };
}

/** The card of the published checkpoint is made on this occasion: it has none. */
async function updateCard(fidelity: Results["fidelity"]): Promise<void> {
  const checkpoint = await locateCheckpoint(await modelFolder(model));
  const card = checkpoint.card ? await readCard(checkpoint.card) : cardOf(checkpoint.name);
  const path = checkpoint.card ?? join(dirname(checkpoint.config), "card.json");
  await writeFile(path, `${JSON.stringify({ ...card, fidelity }, null, 2)}\n`);
}

/** @throws MedembedError for a bundle: it has one precision only, and no config */
async function openRung(precision: Precision): Promise<Rung> {
  const engine = await Engine.open(await openBundle({ model, precision, cacheFolder }), threads);
  return { embedder: await Embedder.open({ model, precision, cacheFolder, threads }), engine };
}

/** As many as the slowest rung embeds in the time of a round. */
async function picturesARound(embedder: Embedder, path: string): Promise<number> {
  const bytes = await readFile(path);
  await embedder.embedImage(bytes); // loads the model
  const started = performance.now();
  await embedder.embedImage(bytes);
  const affordable = Math.round(PICTURES_A_ROUND_MS / (performance.now() - started));
  return Math.max(1, Math.min(MAX_PICTURES, affordable));
}
