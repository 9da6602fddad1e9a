import { type CommandSpec, type Flag, JSON_OUT } from "../flags.ts";
import { REPORT } from "../report-files.ts";
import { SETTING_FLAGS } from "./setting-flags.ts";

const LABELS: Flag = {
  flags: "--labels <file>",
  description:
    "CSV with the columns id and label; group (a patient) and split (train, validation, test) if there are any",
};
const SEED: Flag = { flags: "--seed <n>", description: "of splits, weights and intervals (default: 0)" };

/** `medembed adapter …`: classifiers on vectors that `medembed embed` has written. */
export const ADAPTER_COMMANDS = {
  train: {
    usage: "<vectors>",
    summary: "train a classifier on vectors and labels, measure it on rows it has not seen, and keep it",
    options: [
      LABELS,
      { flags: "--out <folder>", description: "gets the adapter; must not exist yet (default: nothing is kept)" },
      {
        flags: "--head <name>",
        description:
          "logistic-regression (default), linear-svm, rbf-svm, k-nn, mlp or adapter-network, the published one; of several the best on the validation rows is kept",
        isRepeatable: true,
      },
      {
        flags: "--split <shares>",
        description:
          "percent for train, validation and test, where the labels have no column split (default: 60,20,20)",
      },
      {
        flags: "--write-split <file>",
        description: "write the labels with the column split as it was drawn, to evaluate on the test rows later",
      },
      {
        flags: "--folds <n>",
        description: "cross-validate instead: each row is measured by a head that has not seen it",
      },
      { flags: "--class-weights <kind>", description: "balanced (all classes weigh the same) or none (default: none)" },
      ...Object.values(SETTING_FLAGS).map(({ flags, description }) => ({ flags, description })),
      SEED,
      REPORT,
      JSON_OUT,
    ],
    examples: [
      "medembed adapter train vectors.parquet --labels labels.csv --out ./findings",
      "medembed adapter train vectors.npy --labels labels.csv --head logistic-regression --head rbf-svm --head mlp --folds 5",
      "medembed adapter train vectors.npy --labels labels.csv --head adapter-network --epochs 30 --out ./findings --seed 42",
    ],
    load: async () => (await import("./train.ts")).train,
  },
  predict: {
    usage: "<adapter> <vectors>",
    summary: "write what an adapter makes of vectors: label, probabilities and three-way calls",
    options: [{ flags: "--out <file>", description: "write .csv or .jsonl instead of CSV to standard output" }],
    examples: [
      "medembed adapter predict ./findings new.parquet",
      "medembed adapter predict ./findings new.npy --out predictions.jsonl",
    ],
    load: async () => (await import("./predict.ts")).predict,
  },
  evaluate: {
    usage: "<adapter> <vectors>",
    summary: "measure an adapter on labelled vectors, with intervals, thresholds and subgroups",
    options: [
      LABELS,
      { flags: "--part <name>", description: "only rows whose column split is so (default: all rows)" },
      {
        flags: "--by <column>",
        description:
          "compare subgroups by a column of the labels; age=18,40,65 makes bands of numbers; may be given several times",
        isRepeatable: true,
      },
      {
        flags: "--prevalence <label=share>",
        description:
          "predictive values where that share has the finding, e.g. pneumonia=0.02; may be given several times",
        isRepeatable: true,
      },
      SEED,
      REPORT,
      JSON_OUT,
    ],
    examples: [
      "medembed adapter evaluate ./findings other-site.parquet --labels other-site.csv",
      "medembed adapter evaluate ./findings vectors.npy --labels labels.csv --part test --by sex --by age=18,40,65",
      "medembed adapter evaluate ./findings vectors.npy --labels labels.csv --part test --report findings.html",
    ],
    load: async () => (await import("./evaluate.ts")).evaluate,
  },
  export: {
    usage: "<adapter>",
    summary: "write the weights of an adapter network as the published state dict, for PyTorch",
    options: [{ flags: "--out <file>", description: "a .safetensors file" }],
    examples: ["medembed adapter export ./findings --out findings.safetensors"],
    load: async () => (await import("./export.ts")).exportAdapter,
  },
  import: {
    usage: "<weights>",
    summary: "make an adapter of a published state dict, as PyTorch has trained it (.safetensors, .pt, .pth)",
    options: [
      { flags: "--labels-file <file>", description: "its labels, one a line, in the order of its outputs" },
      {
        flags: "--vectors <file>",
        description: "any vectors of the model and profile that it was trained on, to tell these",
      },
      { flags: "--out <folder>", description: "gets the adapter; must not exist yet" },
    ],
    examples: ["medembed adapter import best.pth --labels-file labels.txt --vectors vectors.npy --out ./findings"],
    load: async () => (await import("./import.ts")).importAdapter,
  },
} as const satisfies Record<string, CommandSpec>;
