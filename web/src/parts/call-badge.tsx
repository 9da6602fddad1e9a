import type { ThreeWayCall } from "../../../src/applications/operating-points/three-way-call.ts";
import { WORDS } from "../words.ts";

/** So that a call is told apart without its colour. */
const SIGNS: Readonly<Record<ThreeWayCall, string>> = { negative: "−", possible: "?", positive: "+" };

interface CallBadgeProps {
  readonly call: ThreeWayCall;
}

/** What a score is called by its thresholds. */
export function CallBadge({ call }: CallBadgeProps) {
  return (
    <span class={`call ${call}`}>
      <span aria-hidden="true">{SIGNS[call]}</span> {WORDS.calls[call]}
    </span>
  );
}
