import { BOOTSTRAP_ROUNDS, type BootstrapOptions } from "../applications/metrics/bootstrap.ts";
import type { Flag } from "./flags.ts";
import { wholeNumber } from "./options.ts";

const MAX_SEED = 2 ** 29;

export const SEED: Flag = { flags: "--seed <n>", description: "of the intervals (default: 0)" };

/** @throws MedembedError "usage" */
export function seedOf(options: Readonly<Record<string, unknown>>): number {
  return wholeNumber(options, "seed", 0, MAX_SEED) ?? 0;
}

/** How the intervals of a command are drawn. @throws MedembedError "usage" */
export function bootstrapOptions(options: Readonly<Record<string, unknown>>): BootstrapOptions {
  return { seed: seedOf(options), rounds: BOOTSTRAP_ROUNDS };
}
