import { RECIPES } from "../profiles/recipes/recipes.ts";
import { ADAPTER_COMMANDS } from "./adapter/commands.ts";
import { CLASSIFY_COMMANDS } from "./classify/commands.ts";
import { EVALUATE } from "./evaluate/flags.ts";
import { EXAM_COMMANDS } from "./exam-parameters/commands.ts";
import {
  CACHE,
  type CommandSpec,
  DICOMWEB,
  ENGINE,
  JSON_OUT,
  MODEL,
  PRECISION,
  QUEUE,
  runFlags,
  THREADS,
  VOLUMES,
} from "./flags.ts";
import { LIBRARY_COMMANDS } from "./library/commands.ts";
import { OUTLIER_FLAGS } from "./outliers/outlier-flags.ts";
import { QUEUE_COMMANDS } from "./queue/commands.ts";
import { MOST_ROWS_A_SHARD } from "./queue/shard-sizes.ts";

/** One table makes the parser, `--help` and the reference in the docs. */
export const COMMANDS = {
  embed: {
    usage: "[paths...]",
    summary: "turn images and texts into vectors, one JSON line each",
    options: [
      { flags: "--text <text>", description: "a text to embed; may be given several times", isRepeatable: true },
      { flags: "--texts <file>", description: "a file with one text a line; - reads standard input" },
      {
        flags: "--out <file>",
        description: "write .jsonl, .csv, .npy (ids beside it), .parquet or .arrow instead of standard output",
      },
      ...DICOMWEB,
      ...VOLUMES,
      ...ENGINE,
    ],
    examples: [
      "medembed embed scan.png",
      'medembed embed examples/images --text "x-ray chest pneumonia"',
      "find /data -name '*.png' | medembed embed - --out vectors.parquet",
      'medembed embed ct.nii.gz --plane coronal --profile "direct;rendering=ct-lung"',
      "medembed embed study/ --per series --slices 20 --aggregate median",
      "medembed embed 'study/**/*.jpg' --model ./MedImageInsights --precision int8",
      "medembed embed --dicomweb https://pacs.example/dicom-web --query Modality=CT --query StudyDate=20240101-",
    ],
    load: async () => (await import("./embed.ts")).embed,
  },
  ...CLASSIFY_COMMANDS,
  facts: {
    usage: "<paths...>",
    summary: "show what of a file's header may travel with its vector: never names, dates or free texts",
    options: [
      {
        flags: "--key <file>",
        description:
          "hash patients' IDs and UIDs under the key in it; made if it does not exist (default: a key for once)",
      },
      { flags: "--plain-ids", description: "show patients' IDs and UIDs as they are" },
      { flags: "--frame <n>", description: "of a DICOM file with several, from 1 (default: 1)" },
    ],
    examples: ["medembed facts scan.dcm", "medembed facts study/ --key ./identities.key"],
    load: async () => (await import("./facts.ts")).facts,
  },
  batch: {
    usage: "<folder>",
    summary: "embed a folder of CSV files with the columns image (base64) and text; takes up what was interrupted",
    options: [
      {
        flags: "--out <folder>",
        description: "gets predictions.csv, predictions.jsonl and, at the end, manifest.json",
      },
      ...runFlags("rows", MOST_ROWS_A_SHARD),
      ...ENGINE,
      JSON_OUT,
    ],
    examples: [
      "medembed batch ./inputs --out ./predictions",
      "medembed batch ./inputs --out ./predictions --model ./MedImageInsights --json",
      "medembed batch /mnt/inputs --out /mnt/predictions --queue redis://queue.example:6379",
    ],
    load: async () => (await import("./batch.ts")).batch,
  },
  outliers: {
    usage: "<reference> <vectors>",
    summary: "judge vectors of pictures, series or studies by accepted ones, from files that embed --out has written",
    options: [
      {
        flags: "--outliers <file>",
        description:
          "vectors of known outliers: the threshold is put between them and the reference instead of by --alpha",
      },
      ...OUTLIER_FLAGS,
    ],
    examples: [
      "medembed outliers accepted.parquet new.parquet",
      "medembed outliers accepted.parquet new.parquet --method both --alpha 0.01 --out outliers.csv",
    ],
    load: async () => (await import("./outliers/file-outliers.ts")).fileOutliers,
  },
  evaluate: EVALUATE,
  serve: {
    usage: "",
    summary:
      "answer POST /score as the MedImageInsight service does, and show the explorer; keys: MEDEMBED_KEY, MEDEMBED_KEY_SECONDARY",
    options: [
      {
        flags: "--config <file>",
        description: "a medembed.yaml with address, keys, limits and deployments; SIGHUP reloads it",
      },
      {
        flags: "--host <address>",
        description: "where to listen (default: 127.0.0.1; another one than loopback needs a key)",
      },
      { flags: "--port <n>", description: "0 takes any that is free (default: 8080)" },
      {
        flags: "--library <folder|uri>",
        description:
          "a library to look at in a browser, without a config: read only, with pictures unless there are keys",
      },
      { flags: "--writable", description: "with --library: calls and the page may change it, too" },
      ...ENGINE,
    ],
    examples: [
      "medembed serve",
      "medembed serve --library ./lib",
      "MEDEMBED_KEY=… medembed serve --host 0.0.0.0 --model ./MedImageInsights",
    ],
    load: async () => (await import("./serve.ts")).serve,
  },
  worker: {
    usage: "",
    summary:
      "embed what `medembed library add --queue` and `medembed batch --queue` put on a queue, until SIGTERM; a line of JSON for each shard",
    options: [
      QUEUE,
      {
        flags: "--lease <seconds>",
        description: "after so long without a sign of life its shards go to others, 2 to 3600 (default: 30)",
      },
      {
        flags: "--key <file>",
        description:
          "the key of the identities, the same on all machines (default: a file in the user's configuration)",
      },
      {
        flags: "--metrics <[host:]port>",
        description:
          "answer GET /metrics for Prometheus and GET /live there, on this machine alone if no host is named",
      },
      {
        flags: "--dicomweb <url>",
        description:
          "the one DICOMweb server that it takes files from, where runs say so; credentials: MEDEMBED_DICOMWEB_TOKEN, or MEDEMBED_DICOMWEB_USER and MEDEMBED_DICOMWEB_PASSWORD",
      },
      { ...MODEL, description: "where this machine has the model of the runs (default: where the runs say)" },
      THREADS,
      CACHE,
    ],
    examples: [
      "medembed worker --queue redis://queue.example:6379",
      "medembed worker --queue redis://queue.example:6379 --threads 4 --metrics 9464",
      "MEDEMBED_QUEUE_PASSWORD=… medembed worker --queue rediss://queue.example:6379 --key ./identities.key",
    ],
    load: async () => (await import("./worker.ts")).worker,
  },
  keys: {
    usage: "<rotate|list>",
    summary: "put a new random key in a key file, which a running server takes over by itself, or list its keys",
    options: [
      { flags: "--config <file>", description: "a medembed.yaml that names the key file: keys: { file: keys.yaml }" },
      {
        flags: "--file <file>",
        description: "the key file itself, YAML or JSON; rotate makes one that does not exist",
      },
      {
        flags: "--which <name>",
        description: "the key to rotate: primary, secondary, admin or a named one (default: primary)",
      },
      JSON_OUT,
    ],
    examples: [
      "medembed keys rotate --file keys.yaml",
      "medembed keys rotate --config medembed.yaml --which secondary",
      "medembed keys list --config medembed.yaml",
    ],
    load: async () => (await import("./keys.ts")).keys,
  },
  score: {
    usage: "[request]",
    summary: "call a MedImageInsight endpoint, this one or the published service's",
    options: [
      { flags: "--endpoint <url>", description: "its address, e.g. http://127.0.0.1:8080/score" },
      { flags: "--key <key>", description: "others may see it in the list of processes; better set MEDEMBED_KEY" },
      { flags: "--deployment <name>", description: "one of several deployments of the endpoint" },
      {
        flags: "--image <path>",
        description: "a file, folder or glob of images to score; may be given several times",
        isRepeatable: true,
      },
      { flags: "--text <text>", description: "a text to score; may be given several times", isRepeatable: true },
      {
        flags: "--prepare <recipe>",
        description: `what is done to each image first: ${Object.keys(RECIPES).join(", ")}, with options as in docs/client.md`,
      },
      { flags: "--out <file>", description: "write the answer there instead of to standard output" },
      { flags: "--timeout <seconds>", description: "for one attempt, 1 to 300 (default: 120)" },
      { flags: "--retries <n>", description: "how often a call is sent again where that may help (default: 8)" },
      { flags: "--json", description: "print what failed as JSON, too, where the answer would stand" },
    ],
    examples: [
      "medembed score request.json --endpoint http://127.0.0.1:8080",
      'MEDEMBED_KEY=… medembed score --image a.png --image b.jpg --text "x-ray chest" --endpoint https://host/score',
      'medembed score --image study/ --prepare "toolkit-480;window=40,400" --endpoint http://127.0.0.1:8080',
    ],
    load: async () => (await import("./score.ts")).score,
  },
  tokenize: {
    usage: "<texts...>",
    summary: "show the token ids that the text tower sees",
    options: [MODEL, CACHE],
    examples: ['medembed tokenize "x-ray chest pneumonia"'],
    load: async () => (await import("./tokenize.ts")).tokenize,
  },
  models: {
    usage: "",
    summary: "list the models that ship with medembed and what they know",
    options: [JSON_OUT],
    examples: ["medembed models", "medembed models --json"],
    load: async () => (await import("./models.ts")).models,
  },
  convert: {
    usage: "<checkpoint>",
    summary: "build a bundle, the form that the engine runs, from a checkpoint folder",
    options: [{ flags: "--out <folder>", description: "the bundle's folder; must not exist yet" }, PRECISION, CACHE],
    examples: ["medembed convert ./MedImageInsights --out ./mi2-int8 --precision int8"],
    load: async () => (await import("./convert.ts")).convert,
  },
  verify: {
    usage: "[model]",
    summary: "check a model's files and recompute vectors that are known",
    options: [PRECISION, CACHE, JSON_OUT],
    examples: ["medembed verify", "medembed verify ./MedImageInsights"],
    load: async () => (await import("./verify.ts")).verify,
  },
  doctor: {
    usage: "",
    summary: "show what this machine offers and what medembed will use of it",
    options: [MODEL, CACHE, JSON_OUT],
    examples: ["medembed doctor"],
    load: async () => (await import("./doctor.ts")).doctor,
  },
} as const satisfies Record<string, CommandSpec>;

/** Commands of commands: `medembed library add`. */
export const GROUPS = {
  adapter: {
    summary: "train, use and measure small classifiers on vectors",
    commands: ADAPTER_COMMANDS,
  },
  "exam-parameters": {
    summary: "tell modality, body part, plane, sequence and timing from vectors, and find headers that are wrong",
    commands: EXAM_COMMANDS,
  },
  library: {
    summary: "keep the vectors of pictures with what is known of them, and search among them",
    commands: LIBRARY_COMMANDS,
  },
  queue: {
    summary: "show and steer the work of many machines",
    commands: QUEUE_COMMANDS,
  },
} as const satisfies Record<string, { readonly summary: string; readonly commands: Record<string, CommandSpec> }>;
