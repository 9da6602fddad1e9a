import type { Clock } from "../clock.ts";
import type { ShardQueue } from "./bullmq.ts";
import type { RunState, Runs } from "./runs.ts";

const LOOK_EVERY_MS = 500;
/** Looks at a queue in which nothing of anybody waits or is in work, before shards that are still open count as lost. */
const IDLE_LOOKS = 4;
/** Looks at shards that wait while nobody has any, before that is worth a word. */
const WORDLESS_LOOKS = 20;

/** Why there is nothing more to wait for. late: of its deadline; lost: the queue has forgotten shards that are not settled, or the run. */
export type RunEnd = "settled" | "given up" | "late" | "drained" | "lost" | "left";

export interface FollowOptions {
  readonly onState: (state: RunState) => void;
  readonly note: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Waits for a run that is planned. While the queue is away it waits for that. */
export async function followRun(
  { runs, queue, clock }: { readonly runs: Runs; readonly queue: ShardQueue; readonly clock: Clock },
  run: string,
  { onState, note, signal }: FollowOptions,
): Promise<RunEnd> {
  for (let [idleLooks, unattendedLooks] = [0, 0]; !signal.aborted; ) {
    const state = await runs.state(run);
    if (!state) return "lost";
    onState(state);
    if (state.isDrained) return "drained";
    if (state.open === 0) return "settled";
    if (state.isLate) {
      if (!(await queue.isInWork(run))) return "late";
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      continue;
    }
    const { waiting, again, inWork, givenUp } = await queue.counts();
    if (givenUp >= state.open && (await queue.countGivenUp(run)) >= state.open) return "given up";
    idleLooks = waiting + again + inWork === 0 ? idleLooks + 1 : 0;
    if (idleLooks > IDLE_LOOKS) return "lost";
    unattendedLooks = waiting > 0 && inWork === 0 ? unattendedLooks + 1 : 0;
    if (unattendedLooks === WORDLESS_LOOKS) {
      note(
        (await queue.isPaused())
          ? "the queue is paused: `medembed queue resume`"
          : "no worker takes shards yet: `medembed worker`",
      );
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
  }
  return "left";
}
