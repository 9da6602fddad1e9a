import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { ShardLine } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { RunLink, WorkerLink } from "./links.tsx";

interface LineTableProps {
  readonly lines: readonly ShardLine[];
  /** Whose page it is not: lines are of one run, or of one worker. */
  readonly links: "run" | "worker";
}

/** The latest that workers have told of their shards. */
export function LineTable({ lines, links }: LineTableProps) {
  const { lineColumns, ends, nothing, took } = WORDS.queue;
  const { run, worker, ...columns } = lineColumns;
  return (
    <section>
      <h2>{WORDS.queue.lines}</h2>
      {lines.length === 0 ? (
        <p class="hint">{WORDS.queue.noLines}</p>
      ) : (
        <Scrolled class="wide" label={WORDS.queue.lines}>
          <table class="facts">
            <TableHead titles={[{ run, worker }[links], ...Object.values(columns)]} />
            <tbody>
              {lines.map((line) => (
                <tr key={`${line.time} ${line.shard} ${line.attempt}`}>
                  <td>{links === "run" ? <RunLink run={line.run} /> : <WorkerLink worker={line.worker} />}</td>
                  <td>{new Date(line.time).toLocaleTimeString("en-GB")}</td>
                  <td title={line.shard}>{line.shard.slice(0, 8)}</td>
                  <td>{ends[line.end]}</td>
                  <td>{line.attempt}</td>
                  <td>{line.inputs}</td>
                  <td>{line.failed}</td>
                  <td>{took(line.seconds)}</td>
                  <td>{line.version ?? nothing}</td>
                  <td>{line.reason ?? nothing}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}
