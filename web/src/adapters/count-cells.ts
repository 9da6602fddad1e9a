import {
  type CallThresholds,
  callThreeWay,
  type ThreeWayCall,
} from "../../../src/applications/operating-points/three-way-call.ts";
import { WORDS } from "../words.ts";
import type { CountCell } from "./count-table.tsx";
import { guessesOf, type JudgedPart } from "./judged-label.ts";

const CALLS: readonly ThreeWayCall[] = ["negative", "possible", "positive"];

/** [truths][guesses] */
export function confusionCells(labels: readonly string[], part: JudgedPart): CountCell[][] {
  const guesses = guessesOf(part);
  return labels.map((truth, own) =>
    labels.map((called, guess) => ({
      truth,
      called,
      ids: part.ids.filter((_, row) => part.truths[row] === own && guesses[row] === guess),
    })),
  );
}

/** What records of a label and of all others are called: [label, others][calls] */
export function threeWayCells(
  { label, place }: { readonly label: string; readonly place: number },
  part: JudgedPart,
  thresholds: CallThresholds,
): CountCell[][] {
  const calls = part.probabilities.map((row) => callThreeWay(row[place], thresholds));
  return [true, false].map((isOwn) =>
    CALLS.map((call) => ({
      truth: isOwn ? label : WORDS.adapters.others,
      called: WORDS.calls[call],
      ids: part.ids.filter((_, row) => (part.truths[row] === place) === isOwn && calls[row] === call),
    })),
  );
}
