import { Scrolled } from "../parts/scrolled.tsx";
import { queueStatus } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { LookedAt } from "./looked-at.tsx";
import { RunTable } from "./run-table.tsx";
import { useLooks } from "./use-looks.ts";
import { WorkerTable } from "./worker-table.tsx";

/** All runs and all workers. */
export function Overview() {
  const { seen, ...looks } = useLooks(queueStatus);
  const { none, paused, summary, cost, shards } = WORDS.queue;
  if (looks.isGone) {
    return (
      <section class="empty">
        <h2>{none.title}</h2>
        <p>{none.text}</p>
        <Scrolled label={none.example}>
          <pre>{none.config}</pre>
        </Scrolled>
      </section>
    );
  }
  return (
    <LookedAt looks={looks} hasSeen={seen !== undefined}>
      {seen && (
        <>
          <section class="sums">
            {seen.status.isPaused && <p class="paused">{paused}</p>}
            <p>{summary(seen.status.workers, seen.status.rate)}</p>
            {seen.status.costPerMillion !== null && <p>{cost(seen.status.costPerMillion)}</p>}
            <p class="hint">{shards(seen.status.shards)}</p>
          </section>
          <RunTable runs={seen.status.runs} />
          <WorkerTable workers={seen.workers} />
        </>
      )}
    </LookedAt>
  );
}
