import { adapterNetwork } from "./adapter-network.ts";
import { kernelSvm } from "./kernel-svm.ts";
import { linearSvm } from "./linear-svm.ts";
import { logisticRegression } from "./logistic-regression.ts";
import { nearestNeighbourHead } from "./nearest-neighbour-head.ts";
import { perceptron } from "./perceptron.ts";

/** All heads, by the names that commands and files have for them. */
export const HEADS = {
  "adapter-network": adapterNetwork,
  "logistic-regression": logisticRegression,
  "linear-svm": linearSvm,
  "rbf-svm": kernelSvm,
  "k-nn": nearestNeighbourHead,
  mlp: perceptron,
} as const;

export type HeadName = keyof typeof HEADS;
