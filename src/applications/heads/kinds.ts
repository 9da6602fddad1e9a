import { MedembedError } from "../../errors.ts";
import { schemaFault } from "../../schema-fault.ts";
import { adapterNetwork } from "./adapter-network.ts";
import type { HeadKind } from "./head.ts";
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
} as const satisfies Record<string, HeadKind>;

export type HeadName = keyof typeof HEADS;

/**
 * The settings of a head, the given ones before its defaults.
 * @throws MedembedError "invalid-data" for one that it does not have or that is out of bounds
 */
export function settingsOf(head: HeadName, given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { defaults, schema }: HeadKind = HEADS[head];
  const settings = { ...defaults, ...given };
  const fault = schemaFault(schema, settings);
  if (!fault) return settings;
  throw new MedembedError("invalid-data", `the setting ${fault.path.join(".")} of ${head} ${fault.reason}`);
}
