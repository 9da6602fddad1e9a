import type { HeadName } from "../../applications/heads/kinds.ts";
import type { Flag } from "../flags.ts";

interface SettingFlag extends Flag {
  /** As commander names it. */
  readonly option: string;
  readonly parse: (given: string, head: HeadName) => unknown;
}

const number = (given: string) => (given.trim() === "" ? Number.NaN : Number(given));

/** The settings of heads as options, by the names that heads have for them. */
export const SETTING_FLAGS: Readonly<Record<string, SettingFlag>> = {
  c: {
    flags: "--c <number>",
    option: "c",
    description: "the inverse of the penalty, of logistic-regression and the machines (default: 1)",
    parse: number,
  },
  gamma: {
    flags: "--gamma <number>",
    option: "gamma",
    description: "of the kernel of rbf-svm (default: scale, 1 / (dimensions × variance))",
    parse: (given) => (given === "scale" ? given : number(given)),
  },
  k: { flags: "--k <n>", option: "k", description: "neighbours of k-nn (default: 5)", parse: number },
  hidden: {
    flags: "--hidden <sizes>",
    option: "hidden",
    description: "length of the feature of adapter-network (default: 512), or hidden layers of mlp (default: 203,314)",
    parse: (given, head) => (head === "mlp" ? given.split(",").map(number) : number(given)),
  },
  learningRate: {
    flags: "--learning-rate <number>",
    option: "learningRate",
    description: "of adapter-network (default: 3e-4) and mlp (default: 3.29e-4)",
    parse: number,
  },
  batch: {
    flags: "--batch <n>",
    option: "batch",
    description: "rows a step, of adapter-network (default: 8) and mlp (default: 200)",
    parse: number,
  },
  epochs: {
    flags: "--epochs <n>",
    option: "epochs",
    description: "of adapter-network (default: 30) and mlp (default: 300 at most)",
    parse: number,
  },
  keep: {
    flags: "--keep <figure>",
    option: "keep",
    description: "the epoch with the best area or accuracy on the validation rows (default: area; mlp: accuracy)",
    parse: (given) => given,
  },
};
