import type { ComponentChildren } from "preact";
import { Progress } from "../parts/progress.tsx";
import { WORDS } from "../words.ts";
import type { useLooks } from "./use-looks.ts";

interface LookedAtProps {
  readonly looks: Omit<ReturnType<typeof useLooks>, "seen">;
  readonly hasSeen: boolean;
  /** Of what was seen last. */
  readonly children: ComponentChildren;
}

/** What is looked at again and again, and why it cannot be seen. */
export function LookedAt({ looks: { work, isAway }, hasSeen, children }: LookedAtProps) {
  const isWaiting = !hasSeen && !isAway;
  return (
    <>
      {(isWaiting || work.state.value === "failed") && <Progress work={work} label={WORDS.queue.loading} />}
      <div role="status">{isAway && <p class="failed">{WORDS.queue.away}</p>}</div>
      {children}
    </>
  );
}
