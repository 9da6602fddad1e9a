import type { AdapterCard } from "../../applications/adapters/adapter.ts";
import type { CallThresholds } from "../../applications/operating-points/three-way-call.ts";

/** Rule in at Youden's point, rule out below 90 % sensitivity; undefined for a label without these points. */
export function callThresholdsOf({ operatingPoints }: AdapterCard, label: string): CallThresholds | undefined {
  const { youden, sensitivity90 } = operatingPoints[label] ?? {};
  return youden && sensitivity90 && { ruleIn: youden.threshold.value, ruleOut: sensitivity90.threshold.value };
}
