import { type Flag, JSON_OUT } from "../flags.ts";
import { REPORT } from "../report-files.ts";

/** What both commands share that look for outliers. */
export const OUTLIER_FLAGS: readonly Flag[] = [
  {
    flags: "--method <name>",
    description:
      "knn: mean distance to the nearest references (default); mahalanobis: distance from their mean in units of their spread; or both",
  },
  { flags: "--neighbours <k>", description: "nearest references for knn and as an explanation, 1 to 100 (default: 2)" },
  {
    flags: "--alpha <share>",
    description: "call so unusual an outlier that at most this share of normal ones is called so (default: 0.05)",
  },
  {
    flags: "--drift <field>",
    description:
      "compare scores by added (in months; added:day, added:year), a fact or label with those of the reference",
  },
  {
    flags: "--out <file>",
    description: "write .csv or .jsonl, a line for each that was judged, and only a summary here",
  },
  {
    ...REPORT,
    description:
      "write a page (.html) with the scores and the most unusual pictures beside their nearest references; and .json, .csv",
  },
  { ...JSON_OUT, description: "print all of it as one JSON object" },
];
