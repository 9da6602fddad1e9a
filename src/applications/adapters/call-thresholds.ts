import type { CallThresholds } from "../operating-points/three-way-call.ts";
import type { AdapterCard } from "./adapter.ts";

/**
 * What a label is called by: what somebody has set; else ruled in at Youden's point, ruled out below 90 % sensitivity. Undefined for a label
 * without these points.
 */
export function callThresholdsOf(
  { callThresholds, operatingPoints }: AdapterCard,
  label: string,
): CallThresholds | undefined {
  const { youden, sensitivity90 } = operatingPoints[label] ?? {};
  const chosen = youden && sensitivity90 && { ruleIn: youden.threshold.value, ruleOut: sensitivity90.threshold.value };
  return callThresholds?.[label] ?? chosen;
}
