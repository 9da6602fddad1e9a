import { useCallback } from "preact/hooks";
import { CopyLink } from "../parts/copy-link.tsx";
import { workerPage } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { Counts } from "./counts.tsx";
import { LineTable } from "./line-table.tsx";
import { BackLink, RunLink } from "./links.tsx";
import { LookedAt } from "./looked-at.tsx";
import { useLooks } from "./use-looks.ts";
import { doingOf } from "./worker-table.tsx";

interface WorkerViewProps {
  readonly worker: string;
}

/** The page of a worker. */
export function WorkerView({ worker: name }: WorkerViewProps) {
  const { seen, ...looks } = useLooks(useCallback((signal: AbortSignal) => workerPage(name, signal), [name]));
  const { worker, workerColumns, counts, inHand } = WORDS.queue;
  return (
    <>
      <p class="heading">
        <BackLink /> <CopyLink />
      </p>
      <h2>{worker(name)}</h2>
      <LookedAt looks={looks} hasSeen={seen !== undefined}>
        {seen && (
          <>
            <p>{doingOf(seen)}</p>
            {seen.inHand.length > 0 && (
              <ul class="hand">
                {seen.inHand.map(({ run, shard, inputs, since }) => (
                  <li key={shard}>
                    <RunLink run={run} />{" "}
                    {inHand(shard.slice(0, 8), inputs, new Date(since).toLocaleTimeString("en-GB"))}
                  </li>
                ))}
              </ul>
            )}
            <Counts
              facts={[
                [counts.begun, new Date(seen.begun).toLocaleString("en-GB")],
                [workerColumns.settled, seen.settled],
                [workerColumns.stored, seen.stored],
                [workerColumns.known, seen.known],
                [workerColumns.failed, seen.failed],
                [workerColumns.unsettled, seen.unsettled],
              ]}
            />
            <LineTable lines={seen.lines} links="run" />
          </>
        )}
      </LookedAt>
    </>
  );
}
