import { address } from "../state/address.ts";
import { WORDS } from "../words.ts";
import { Overview } from "./overview.tsx";
import { RunView } from "./run-view.tsx";
import { WorkerView } from "./worker-view.tsx";

/** What many machines are at: all of it, a run, or a worker. */
export function Queue() {
  const { run, worker } = address.value;
  return (
    <div class="queue">
      <h1 class="unseen">{WORDS.views.queue}</h1>
      {run !== undefined ? (
        <RunView key={run} run={run} />
      ) : worker !== undefined ? (
        <WorkerView key={worker} worker={worker} />
      ) : (
        <Overview />
      )}
    </div>
  );
}
