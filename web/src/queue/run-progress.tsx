import type { QueueRun } from "../server/queue.ts";
import { WORDS } from "../words.ts";

interface RunProgressProps {
  readonly run: QueueRun;
}

/** How far a run has come. */
export function RunProgress({ run: { id, kind, planned, stored, known, failed } }: RunProgressProps) {
  const done = stored + known + failed;
  return (
    <>
      <progress aria-label={WORDS.queue.progressOf(id)} value={done} max={Math.max(1, planned)} />{" "}
      {WORDS.queue.done(done, planned, WORDS.queue.units[kind])}
    </>
  );
}
