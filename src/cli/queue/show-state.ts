import type { RunState } from "../../queue/runs.ts";
import type { Progress } from "../progress.ts";

/** Rate and time left are those of this process: what was settled before it came counts for neither. @param unit plural */
export function showState(progress: Progress, unit: string): (state: RunState) => void {
  let earlier: number | undefined;
  let shown = 0;
  return ({ planned, stored, known, failed }) => {
    const settled = stored + known + failed;
    if (earlier === undefined) {
      earlier = settled;
      if (earlier > 0) progress.note(`${earlier} ${unit} are settled`);
    }
    progress.total = planned - earlier;
    progress.add(settled - earlier - shown);
    shown = settled - earlier;
  };
}
