import { writeReport } from "../report-files.ts";
import { judgeOutliers, type OutlierInputs } from "./judge-outliers.ts";
import type { OutlierSettings } from "./outlier-options.ts";
import { outlierReport } from "./outlier-report.ts";
import { printOutliers } from "./print-outliers.ts";

/** Judges, writes the page that is wanted, and prints. @returns the exit code @throws as these */
export async function runOutliers(inputs: OutlierInputs, settings: OutlierSettings): Promise<number> {
  const found = await judgeOutliers(inputs, settings);
  if (settings.reportFile !== undefined) await writeReport(settings.reportFile, await outlierReport(found));
  await printOutliers(found, settings);
  return 0;
}
