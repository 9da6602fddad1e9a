import { type TagAudit, TagCounter } from "../../applications/exam-parameters/audit.ts";
import { NUMBER_TARGETS, type NumberTarget } from "../../applications/exam-parameters/targets.ts";
import { formatTable } from "../adapter/report-tables.ts";
import type { Run } from "../flags.ts";
import { labelTargets, readExams } from "./read-exams.ts";

export const audit: Run = async ([path], options) => {
  const set = await readExams(path, options);
  const counter = new TagCounter(labelTargets(options, set));
  for (const own of set.columns) counter.add(own);
  const found = counter.result();
  if (options.json) console.log(JSON.stringify(found, null, 2));
  else process.stdout.write(`${found.rows} rows\n\n${labelTable(found)}\n${numberTable(found)}`);
  return 0;
};

function labelTable({ rows, labels }: TagAudit): string {
  return formatTable([
    ["label", "rows", "share"],
    ...Object.entries(labels).flatMap(([target, { missing, counts }]) =>
      [...Object.entries(counts), ...(missing > 0 ? ([["(missing)", missing]] as const) : [])].map(([value, count]) => [
        `${target}: ${value}`,
        String(count),
        `${((100 * count) / rows).toFixed(1)} %`,
      ]),
    ),
  ]);
}

function numberTable({ numbers }: TagAudit): string {
  return formatTable([
    ["number", "missing", "different", "lowest", "median", "highest"],
    ...Object.entries(numbers).map(([target, { missing, different, range }]) => [
      `${target}, ${NUMBER_TARGETS[target as NumberTarget].unit}`,
      String(missing),
      String(different),
      ...(range ?? ["-", "-", "-"]).map(String),
    ]),
  ]);
}
