import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { inParallel } from "../in-parallel.ts";
import { inGroups } from "../library/in-groups.ts";
import { listSeries } from "../library/series-source.ts";
import type { ShardQueue } from "./bullmq.ts";
import type { RunState, Runs } from "./runs.ts";
import type { SeriesFiles, Shard, ShardInput } from "./shard.ts";

/** Files that are looked at at a time; on a network drive each look waits. */
const LOOKS_AT_A_TIME = 32;
/** Shards that go to the queue at once: many more hold up whoever else asks it for something. */
const SHARDS_A_CALL = 500;
/** Fewer, when they are found slowly: workers may begin. */
const SHARD_WAITS_MS = 1_000;

const GROUPS = { isFull: ({ length }: readonly Shard[]) => length >= SHARDS_A_CALL, afterMs: SHARD_WAITS_MS };

/** Shares of the workers: of two runs one gets twice as many shards as the other if its number is half of the other's. */
export const PRIORITIES = { high: 1, normal: 4, low: 16 } as const;
export type Priority = keyof typeof PRIORITIES;

export interface PlanOptions {
  readonly priority: Priority;
  /** Told while it is planned: workers do not wait for the end of that. */
  readonly onState: (state: RunState) => void;
  /** Ends it; what is planned by then stays. */
  readonly signal: AbortSignal;
}

/**
 * Puts shards on the queue, while they are found. To plan the same again adds nothing. Runs share the workers by
 * turns: a run that begins later does not wait for the end of one before it.
 * @returns SHA-256 of the paths of the inputs, each with a line break, in their order
 */
export async function planRun(
  { runs, queue }: { readonly runs: Runs; readonly queue: ShardQueue },
  run: string,
  shards: AsyncIterable<Shard>,
  { priority, onState, signal }: PlanOptions,
): Promise<string> {
  const paths = createHash("sha256");
  const first = (await queue.nextTurn()) + 1;
  let count = 0;
  for await (const group of inGroups(shards, GROUPS)) {
    if (signal.aborted) break;
    const turns = group.map((_, i) => first + (count + i) * PRIORITIES[priority]);
    const left = new Set(await runs.list(run, group));
    const added = group.filter((shard) => left.has(shard));
    await queue.add(
      run,
      added,
      turns.filter((_, i) => left.has(group[i])),
    );
    count += group.length;
    const inputs = group.flatMap((shard) => shard.inputs);
    for (const { path } of inputs) paths.update(`${path}\n`);
    const state = await runs.state(run);
    if (state) onState(state);
  }
  if (!signal.aborted) await runs.endPlan(run);
  return paths.digest("hex");
}

/** Files as they are now; one that is not there is passed on, and reported by the worker. */
export async function* asTheyAre(inputs: AsyncGenerator<ShardInput>): AsyncGenerator<ShardInput> {
  yield* inParallel(inputs, { width: LOOKS_AT_A_TIME }, async (input): Promise<ShardInput> => {
    if (input.kind === "series") return seriesAsItIs(input);
    if (input.kind !== undefined || input.bytes !== undefined) return input;
    const found = await stat(input.path).catch(() => undefined);
    return found ? { path: input.path, bytes: found.size, modified: found.mtimeMs } : input;
  });
}

async function seriesAsItIs(input: SeriesFiles): Promise<SeriesFiles> {
  const found = await listSeries(input.series).catch(() => undefined);
  if (!found) return input;
  const bytes = Array.from(found.states.values(), (state) => state.bytes).reduce((sum, bytes) => sum + bytes, 0);
  return { ...input, bytes, listing: found.listing };
}
