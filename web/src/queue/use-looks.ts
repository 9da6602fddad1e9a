import { useEffect, useState } from "preact/hooks";
import { CallFailed } from "../server/ask.ts";
import { nextLook } from "../state/next-look.ts";
import { useWork, type Work } from "../state/work.ts";

const LOOK_EVERY_MS = 2_000;
/** The server answers, and what it would look at does not. */
const AWAY = 503;
const NOT_THERE = 404;

interface Looks<Seen> {
  readonly work: Work;
  /** As it was at the last look that saw something. */
  readonly seen: Seen | undefined;
  /** What would be looked at does not answer the server at the moment. */
  readonly isAway: boolean;
  /** There is nothing to look at, or no longer. */
  readonly isGone: boolean;
}

/** Looks at something again and again while the page is seen, also while it is away. @param look the same for as long as a component lives */
export function useLooks<Seen>(look: (signal: AbortSignal) => Promise<Seen>): Looks<Seen> {
  const work = useWork();
  const [seen, setSeen] = useState<Seen>();
  const [isAway, setAway] = useState(false);
  const [isGone, setGone] = useState(false);
  useEffect(() => {
    work.start(async (signal) => {
      for (;;) {
        try {
          const now = await look(signal);
          setSeen(() => now);
          setAway(false);
        } catch (error) {
          if (!(error instanceof CallFailed)) throw error;
          if (error.status === NOT_THERE) setGone(true);
          if (error.status !== AWAY) throw error;
          setAway(true);
        }
        await nextLook(LOOK_EVERY_MS, signal);
      }
    });
  }, [work]);
  return { work, seen, isAway, isGone };
}
