import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { MedembedError } from "../../errors.ts";
import { DEFAULT_MODEL } from "../../models/registry.ts";
import { PRIORITIES, type Priority } from "../../queue/plan-run.ts";
import type { RedisAddress } from "../../redis/redis-address.ts";
import { readDeadline } from "../deadline.ts";
import { text, wholeNumber } from "../options.ts";
import { queueAddress } from "./queue-options.ts";
import { INPUTS_A_SHARD } from "./shard-sizes.ts";

export interface RunOptions {
  readonly address: RedisAddress;
  readonly priority: Priority;
  /** In ms since 1970. */
  readonly deadline: number | undefined;
  readonly inputsAShard: number;
}

/** How a run is to be done by workers. @param mostAShard inputs @throws MedembedError "usage" */
export function runOptions(options: Readonly<Record<string, unknown>>, mostAShard: number): RunOptions {
  const deadline = text(options, "deadline");
  return {
    address: queueAddress(options, process.env),
    priority: readPriority(text(options, "priority") ?? "normal"),
    deadline: deadline === undefined ? undefined : readDeadline(deadline, Date.now()),
    inputsAShard: wholeNumber(options, "shard", 1, mostAShard) ?? INPUTS_A_SHARD,
  };
}

/** The model as workers may find it: by its name, or in the same folder. */
export async function modelPlace(options: Readonly<Record<string, unknown>>): Promise<string> {
  const model = text(options, "model") ?? DEFAULT_MODEL;
  return (await stat(model).catch(() => undefined)) ? resolve(model) : model;
}

function readPriority(given: string): Priority {
  const found = (Object.keys(PRIORITIES) as Priority[]).find((priority) => priority === given);
  if (found) return found;
  throw new MedembedError("usage", `--priority ${given} is unknown; it can be ${Object.keys(PRIORITIES).join(", ")}`);
}
