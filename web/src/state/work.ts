import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { WORDS } from "../words.ts";

/** Something that takes a while. */
export interface Work {
  readonly state: ReadonlySignal<"idle" | "working" | "failed">;
  /** Why it has failed, and what to do. */
  readonly message: ReadonlySignal<string>;
  /** Does something else; what was being done is given up. */
  readonly start: (does: (signal: AbortSignal) => Promise<void>) => void;
  readonly cancel: () => void;
}

/** One piece of work at a time. */
function createWork(): Work {
  const state = signal<"idle" | "working" | "failed">("idle");
  const message = signal("");
  let running: AbortController | undefined;
  return {
    state,
    message,
    start: (does) => {
      running?.abort();
      const own = new AbortController();
      running = own;
      state.value = "working";
      does(own.signal).then(
        () => {
          if (running === own) state.value = "idle";
        },
        (error: unknown) => {
          if (running !== own) return; // others are at work now
          state.value = "failed";
          message.value = own.signal.aborted ? WORDS.server.cancelled : (error as Error).message;
        },
      );
    },
    cancel: () => running?.abort(),
  };
}

/** The same for as long as a component lives. */
export function useWork(): Work {
  const work = useMemo(createWork, []);
  useEffect(() => work.cancel, [work]);
  return work;
}
