import type { Work } from "../state/work.ts";
import { WORDS } from "../words.ts";

interface ProgressProps {
  readonly work: Work;
  /** What is being done. */
  readonly label?: string;
  /** From 0 to 1; undefined where nobody knows. */
  readonly share?: number | undefined;
}

/** Shows that something is at work, with a way to cancel it, and why it has failed. */
export function Progress({ work, label = "", share }: ProgressProps) {
  const state = work.state.value;
  return (
    <>
      {state === "working" && (
        <div class="progress">
          <progress aria-label={label || WORDS.search.working} {...(share !== undefined && { value: share })} />
          <span>{label}</span>
          <button type="button" onClick={work.cancel}>
            {WORDS.cancel}
          </button>
        </div>
      )}
      <div role="alert">{state === "failed" && <p class="failed">{work.message.value}</p>}</div>
    </>
  );
}
