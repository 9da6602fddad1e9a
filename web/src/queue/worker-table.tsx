import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { QueueWorker } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { WorkerLink } from "./links.tsx";

interface WorkerTableProps {
  readonly workers: readonly QueueWorker[];
}

/** Who is at it. */
export function WorkerTable({ workers }: WorkerTableProps) {
  const { workerColumns } = WORDS.queue;
  return (
    <section>
      <h2>{WORDS.queue.workers}</h2>
      {workers.length === 0 ? (
        <p class="hint">{WORDS.queue.noWorkers}</p>
      ) : (
        <Scrolled class="wide" label={WORDS.queue.workers}>
          <table class="facts">
            <TableHead titles={Object.values(workerColumns)} />
            <tbody>
              {workers.map((worker) => (
                <tr key={worker.name}>
                  <th scope="row">
                    <WorkerLink worker={worker.name} />
                  </th>
                  <td>{doingOf(worker)}</td>
                  <td>{worker.settled.toLocaleString("en")}</td>
                  <td>{worker.stored.toLocaleString("en")}</td>
                  <td>{worker.known.toLocaleString("en")}</td>
                  <td>{worker.failed.toLocaleString("en")}</td>
                  <td>{worker.unsettled.toLocaleString("en")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}

/** What a worker does, in words. */
export function doingOf({ isAlive, silentMs, inHand }: QueueWorker): string {
  const { silent, idle, has } = WORDS.queue;
  if (!isAlive) return silent(silentMs / 1000);
  if (inHand.length === 0) return idle;
  const inputs = inHand.reduce((sum, shard) => sum + shard.inputs, 0);
  return has(inHand.length, inputs);
}
