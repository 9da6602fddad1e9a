import { useCallback } from "preact/hooks";
import { CopyLink } from "../parts/copy-link.tsx";
import { runPage } from "../server/queue.ts";
import { WORDS } from "../words.ts";
import { Counts } from "./counts.tsx";
import { LineTable } from "./line-table.tsx";
import { BackLink } from "./links.tsx";
import { LookedAt } from "./looked-at.tsx";
import { RunProgress } from "./run-progress.tsx";
import { stageOf } from "./run-table.tsx";
import { useLooks } from "./use-looks.ts";

interface RunViewProps {
  readonly run: string;
}

/** The page of a run. */
export function RunView({ run: id }: RunViewProps) {
  const { seen, ...looks } = useLooks(useCallback((signal: AbortSignal) => runPage(id, signal), [id]));
  const { run, columns, counts, nothing, rate, left, reasons, givenUp, units } = WORDS.queue;
  return (
    <>
      <p class="heading">
        <BackLink /> <CopyLink />
      </p>
      <h2>{run(id)}</h2>
      <LookedAt looks={looks} hasSeen={seen !== undefined}>
        {seen && (
          <>
            <p>
              <RunProgress run={seen} />
            </p>
            <Counts
              facts={[
                [columns.stage, stageOf(seen)],
                [columns.rate, rate(seen.rate, units[seen.kind])],
                [columns.left, seen.secondsLeft === null ? nothing : left(seen.secondsLeft)],
                [columns.place, seen.place],
                [columns.model, `${seen.model}, ${seen.precision}, ${seen.profile}`],
                [counts.begun, dateOf(seen.begun)],
                [counts.stored, seen.stored],
                [counts.known, seen.known],
                [counts.failed, seen.failed],
                [counts.open, seen.open],
                ...(seen.deadline === undefined ? [] : [[counts.deadline, dateOf(seen.deadline)] as const]),
              ]}
            />
            <Reasons title={reasons} counts={seen.failures} />
            <Reasons title={givenUp} counts={seen.givenUp} />
            <LineTable lines={seen.lines} links="worker" />
          </>
        )}
      </LookedAt>
    </>
  );
}

/** @param time in ms since 1970 */
function dateOf(time: number): string {
  return new Date(time).toLocaleString("en-GB");
}

/** By code, as the manifest has it. */
function Reasons({ title, counts }: { readonly title: string; readonly counts: Readonly<Record<string, number>> }) {
  const facts = Object.entries(counts);
  if (facts.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <Counts facts={facts} />
    </section>
  );
}
