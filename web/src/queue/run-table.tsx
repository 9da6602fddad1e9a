import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { QueueRun } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { RunLink } from "./links.tsx";
import { RunProgress } from "./run-progress.tsx";

interface RunTableProps {
  readonly runs: readonly QueueRun[];
}

/** What is under way. */
export function RunTable({ runs }: RunTableProps) {
  const { columns, nothing, rate, left, failures, units } = WORDS.queue;
  return (
    <section>
      <h2>{WORDS.queue.runs}</h2>
      {runs.length === 0 ? (
        <p class="hint">{WORDS.queue.noRuns}</p>
      ) : (
        <Scrolled class="wide" label={WORDS.queue.runs}>
          <table class="facts">
            <TableHead titles={Object.values(columns)} />
            <tbody>
              {runs.map((run) => (
                <tr key={run.id}>
                  <th scope="row">
                    <RunLink run={run.id} />
                  </th>
                  <td>{run.place}</td>
                  <td>{run.model}</td>
                  <td>{stageOf(run)}</td>
                  <td>
                    <RunProgress run={run} />
                  </td>
                  <td>{rate(run.rate, units[run.kind])}</td>
                  <td>{run.secondsLeft === null ? nothing : left(run.secondsLeft)}</td>
                  <td>{run.failed === 0 ? nothing : failures(run.failed, Object.entries(run.failures))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}

/** In words. */
export function stageOf({ isDrained, isPlanned, isLate, open }: QueueRun): string {
  const { stages } = WORDS.queue;
  if (isDrained) return stages.drained;
  if (!isPlanned) return stages.planning;
  if (open === 0) return stages.checked;
  return isLate ? stages.late : stages.atWork;
}
