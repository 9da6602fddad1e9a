import type { FrameHeader } from "../frame-header.ts";
import { SCANNING_SEQUENCES } from "./terms.ts";

/** PS3.3 C.8.13.4: how enhanced files say it. */
const ECHO_PULSE_SEQUENCES: ReadonlyMap<string, readonly string[]> = new Map([
  ["SPIN", ["SE"]],
  ["GRADIENT", ["GR"]],
  ["BOTH", ["SE", "GR"]],
]);

/** Texts in Contrast/Bolus Agent that name none. */
const NO_AGENT = /^(none|no|n\/a|0|without|w\/o)\b/i;

/** All parts of a sequence in one order: SE, IR, GR, EP, RM; e.g. `IR+GR`. */
export function readScanningSequence(header: FrameHeader): string | undefined {
  const { file } = header;
  const classic = file.text("scanningSequence")?.toUpperCase().split("\\") ?? [];
  const parts = new Set([
    ...classic.map((part) => part.trim()),
    ...(ECHO_PULSE_SEQUENCES.get(file.text("echoPulseSequence") ?? "") ?? []),
    ...(header.within("mrModifierSequence").text("inversionRecovery") === "YES" ? ["IR"] : []),
    ...(file.text("echoPlanarPulseSequence") === "YES" ? ["EP"] : []),
  ]);
  const known = [...SCANNING_SEQUENCES.words].filter((word) => parts.has(word));
  return known.length > 0 ? known.join("+") : undefined;
}

/** Whether contrast was given; an empty agent tells nothing, since devices write the attribute always. */
export function readContrast(header: FrameHeader): "yes" | "no" | undefined {
  const given = header.items("contrastBolusUsageSequence").map((use) => use.text("contrastBolusAgentAdministered"));
  if (given.includes("YES")) return "yes";
  if (given.includes("NO")) return "no";
  if (header.file.items("contrastBolusAgentSequence").length > 0) return "yes";
  const agent = header.file.text("contrastBolusAgent");
  if (agent === undefined) return undefined;
  return NO_AGENT.test(agent) ? "no" : "yes";
}
