import {
  evaluateLabels,
  LABEL_FIGURES,
  type LabelFigure,
  type LabelsReport,
  type LabelTruths,
  PRESENT_ABOVE,
} from "../../applications/evaluate-labels.ts";
import type { LabelRow } from "../../applications/join-labels.ts";
import { labelRecords, labelSections } from "../../applications/label-sections.ts";
import { sigmoidRows } from "../../applications/matrix.ts";
import { MedembedError } from "../../errors.ts";
import { nearestWord } from "../../nearest-word.ts";
import { formatTable, interval } from "../adapter/report-tables.ts";
import { readTable, type TableLine } from "../read-table.ts";
import { LABEL_SEPARATOR } from "./prediction.ts";
import { CLASSIFIER_NAME, type TruthTable } from "./truth.ts";

/** What a cell may say of a label. */
const CELLS: Readonly<Record<string, boolean | undefined>> = { "1": true, "0": false, "": undefined };
/** Of a line that says something of any label. */
const KNOWN = "known";
/** Those that fit on a line; JSON has all. */
const SHOWN = [
  "area",
  "averagePrecision",
  "sensitivity",
  "specificity",
  "calibrationError",
] as const satisfies LabelFigure[];

/**
 * The truth of labels that are answered by themselves: a picture shows any number of them.
 * @param path a CSV file with the column id, one of 1, 0 and nothing for each label, and group if there is one
 * @throws MedembedError "invalid-data" for a label without a column, and what else a cell holds
 */
export async function readPairedTruth(path: string, names: readonly string[]): Promise<TruthTable> {
  const table = await readTable(path);
  requireColumns(path, Object.keys(table[0]?.cells ?? {}), names);
  const lines = table.map((line): LabelRow => {
    const truths = truthsOf(line, names);
    const label = truths.some((truth) => truth !== undefined) ? KNOWN : "";
    return { id: line.cells.id, label, group: line.cells.group?.trim(), ...line };
  });
  return {
    lines,
    classes: [KNOWN],
    tell: (line) => names.filter((_, name) => truthsOf(line, names)[name]).join(LABEL_SEPARATOR),
    measure: ({ ids, vectors: logOdds, groups, lines: joined }, bootstrap) => {
      const byRow = joined.map((line) => truthsOf(line, names));
      const truths: LabelTruths = { groups, isPresent: names.map((_, name) => byRow.map((own) => own[name])) };
      const report = evaluateLabels(logOdds, truths, names, bootstrap);
      tellOneSided(report);
      const { columns, values } = sigmoidRows(logOdds);
      const worst = (row: number) =>
        byRow[row].reduce((most, truth, name) => {
          const probability = values[row * columns + name];
          const isCalled = probability > PRESENT_ABOVE;
          if (truth === undefined || truth === isCalled) return most;
          return Math.max(most, isCalled ? probability : 1 - probability);
        }, 0);
      return {
        report,
        table: labelsTable(report),
        sections: labelSections({ logOdds, truths, report }),
        records: labelRecords(report, CLASSIFIER_NAME),
        mistakes: new Map(ids.map((id, row) => [id, worst(row)])),
      };
    },
  };
}

function requireColumns(path: string, columns: readonly string[], names: readonly string[]): void {
  for (const needed of ["id", ...names]) {
    if (columns.includes(needed)) continue;
    const meant = nearestWord(
      needed,
      columns.filter((column) => !names.includes(column)),
    );
    const hint = meant === undefined ? "" : `; did you mean "${needed}" where it says "${meant}"?`;
    throw new MedembedError(
      "invalid-data",
      `${path} has no column "${needed}": of labels with a text for their absence each needs one that holds 1, 0 or, where nobody knows, ` +
        `nothing, beside the column id${hint}`,
    );
  }
}

/** [labels] */
function truthsOf(
  { cells, line }: Pick<TableLine, "cells" | "line">,
  names: readonly string[],
): (boolean | undefined)[] {
  return names.map((name) => {
    const cell = cells[name].trim();
    if (Object.hasOwn(CELLS, cell)) return CELLS[cell];
    throw new MedembedError(
      "invalid-data",
      `line ${line}: "${cell}" stands under "${name}", needed: 1 (present), 0 (absent) or nothing (not known)`,
    );
  });
}

/** Some figures say nothing of labels that all pictures show, or none. */
function tellOneSided({ perLabel }: LabelsReport): void {
  for (const { label, rows, present } of perLabel) {
    if (present > 0 && present < rows) continue;
    const which =
      rows === 0 ? "nobody knows of any picture whether it shows" : `${present === 0 ? "no" : "every"} picture shows`;
    console.error(`note: ${which} "${label}", so it has no AUC and is not in the mean of it`);
  }
}

function labelsTable({ rows, groups, macro, perLabel }: LabelsReport): string {
  const cells = (figures: LabelsReport["macro"]) => SHOWN.map((figure) => interval(figures[figure]));
  const table = formatTable([
    ["label", "rows", "present", ...SHOWN.map((figure) => LABEL_FIGURES[figure])],
    ...perLabel.map((own) => [own.label, String(own.rows), String(own.present), ...cells(own.figures)]),
    ["macro mean", "", "", ...cells(macro)],
  ]);
  const head = `${rows} pictures of ${groups} groups, in brackets 95 % intervals over groups; present above ${PRESENT_ABOVE}`;
  return `${head}\n\n${table}`;
}
