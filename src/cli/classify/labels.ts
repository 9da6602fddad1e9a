import { findLabels } from "../../applications/catalogue/find-labels.ts";
import { csvLine } from "../../csv-line.ts";
import { formatTable } from "../adapter/report-tables.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { parseGroups } from "./label-options.ts";

export const labels: Run = async (_args, options) => {
  const group = text(options, "group");
  const query = group === undefined ? {} : parseGroups(group, "--group");
  const found = findLabels({ ...query, match: text(options, "match") }).map((entry) => ({
    text: entry.text,
    canonical_modality: entry.canonicalModality,
    modality: entry.modality,
    body_part: entry.bodyPart,
    view: entry.view,
    finding: entry.finding,
  }));
  if (options.json) {
    console.log(JSON.stringify(found, null, 2));
    return 0;
  }
  const columns = ["text", "canonical_modality", "modality", "body_part", "view", "finding"] as const;
  const rows = [columns, ...found.map((entry) => columns.map((column) => entry[column]))];
  process.stdout.write(process.stdout.isTTY ? formatTable(rows) : rows.map(csvLine).join(""));
  if (found.length === 0) console.error("note: the catalogue has no such label");
  return 0;
};
