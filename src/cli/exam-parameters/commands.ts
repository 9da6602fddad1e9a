import { LABEL_TARGETS } from "../../applications/exam-parameters/targets.ts";
import { SEED } from "../bootstrap-options.ts";
import { type CommandSpec, type Flag, JSON_OUT } from "../flags.ts";
import { REPORT } from "../report-files.ts";

const SOURCE: readonly Flag[] = [
  { flags: "--library <folder|uri>", description: "take vectors and facts from a library instead of a file" },
  {
    flags: "--where <condition>",
    description: "only its records such as modality=MR; all that are given must hold",
    isRepeatable: true,
  },
  {
    flags: "--per <unit>",
    description: "series: the mean of the 20 slices around its centre (default); or picture, each for itself",
  },
];
const TARGET: Flag = {
  flags: "--target <name>",
  description: `a label to tell: ${Object.keys(LABEL_TARGETS).join(", ")} (default: all of these), or a column such as label.protocol; may be given several times`,
  isRepeatable: true,
};
const SETTINGS: readonly Flag[] = [
  { flags: "--neighbours <k>", description: "nearest examples that are asked, 1 to 100 (default: 5)" },
  {
    flags: "--margin <share>",
    description: "how far the first label must lead the second, as a share of the votes; else no answer (default: 0.2)",
  },
  { flags: "--alpha <share>", description: "of true numbers that may lie outside their interval (default: 0.1)" },
];

/** `medembed exam-parameters …`: what headers tell, told from the vectors. */
export const EXAM_COMMANDS = {
  audit: {
    usage: "[vectors]",
    summary: "count what the headers tell of exams, and what they do not",
    options: [...SOURCE, TARGET, JSON_OUT],
    examples: [
      "medembed exam-parameters audit --library ./lib",
      "medembed exam-parameters audit vectors.parquet --target label.protocol --json",
    ],
    load: async () => (await import("./audit.ts")).audit,
  },
  fit: {
    usage: "[vectors]",
    summary:
      "learn to tell exam parameters from examples whose headers tell them; measured by leaving each patient out",
    options: [
      ...SOURCE,
      TARGET,
      ...SETTINGS,
      SEED,
      { flags: "--out <folder>", description: "gets the predictor; must not exist yet (default: nothing is kept)" },
      REPORT,
      JSON_OUT,
    ],
    examples: [
      "medembed exam-parameters fit --library ./lib --out ./exams",
      "medembed exam-parameters fit vectors.parquet --target modality --target plane --neighbours 7",
    ],
    load: async () => (await import("./fit.ts")).fit,
  },
  predict: {
    usage: "<predictor> [vectors]",
    summary: "tell exam parameters of vectors, beside what their headers tell",
    options: [
      ...SOURCE,
      { flags: "--out <file>", description: "write .csv or .jsonl instead of CSV to standard output" },
    ],
    examples: [
      "medembed exam-parameters predict ./exams new.parquet",
      "medembed exam-parameters predict ./exams --library ./lib --where plane= --out planes.csv",
    ],
    load: async () => (await import("./predict.ts")).predict,
  },
  check: {
    usage: "[vectors]",
    summary: "list pictures whose header says one thing and whose neighbours, of other patients, another",
    options: [
      ...SOURCE,
      TARGET,
      ...SETTINGS.slice(0, 2),
      {
        flags: "--predictor <folder>",
        description: "compare with the examples of a predictor instead of with one another",
      },
      JSON_OUT,
    ],
    examples: [
      "medembed exam-parameters check --library ./lib",
      "medembed exam-parameters check new.parquet --predictor ./exams --json",
    ],
    load: async () => (await import("./check.ts")).check,
  },
} as const satisfies Record<string, CommandSpec>;
