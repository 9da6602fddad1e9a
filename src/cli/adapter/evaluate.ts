import { openAdapter } from "../../applications/adapters/adapter-files.ts";
import { classifierFigures, evaluateClassifier } from "../../applications/evaluate-classifier.ts";
import type { JoinedLabels } from "../../applications/join-labels.ts";
import { takeLabelled } from "../../applications/labelled-vectors.ts";
import type { Matrix } from "../../applications/matrix.ts";
import type { BootstrapOptions } from "../../applications/metrics/bootstrap.ts";
import { PARTS, type Split } from "../../applications/split-by-group.ts";
import { bandOf, compareSubgroups } from "../../applications/subgroups.ts";
import { MedembedError } from "../../errors.ts";
import { bootstrapOptions } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { measurePoints, pointTable } from "./point-table.ts";
import { readLabelled, readVectorSet, texts } from "./read-inputs.ts";
import { evaluationReport } from "./report.ts";
import { classTable, headTable, subgroupTable, tellUnseen } from "./report-tables.ts";

/** The subgroup of an empty cell. */
const UNKNOWN = "unknown";

export const evaluate: Run = async ([folder, vectors], options) => {
  const part = text(options, "part");
  if (part !== undefined && !PARTS.some((known) => known === part)) {
    throw new MedembedError("usage", `--part ${part} is unknown; known are ${PARTS.join(", ")}`);
  }
  const columns = texts(options, "by").map(parseColumn);
  const prevalences = new Map(texts(options, "prevalence").map(parsePrevalence));
  const reportFile = reportPath(options);
  const bootstrap = bootstrapOptions(options);

  const adapter = await openAdapter(folder);
  const { labels, head } = adapter.card;
  for (const label of prevalences.keys()) {
    if (!labels.includes(label)) throw new MedembedError("usage", `--prevalence: the adapter has no label "${label}"`);
  }
  const set = await readVectorSet(vectors);
  adapter.requireSpace(set.space);
  const labelled = await readLabelled(set, options, labels);
  if (part === undefined && labelled.split && labelled.split.train.length > 0) {
    console.error(
      'note: rows that it was trained on make figures too good; --part test takes only those whose split is "test"',
    );
  }
  const joined = takePart(labelled, part as keyof Split | undefined);
  const logits = adapter.logits(joined.vectors);
  const report = evaluateClassifier(logits, joined, labels, bootstrap);
  tellUnseen(report);
  const points = measurePoints(adapter, joined, { bootstrap, prevalences });
  const subgroups = columns.map((column) => ({
    column: column.name,
    values: compareBy(column, logits, joined, bootstrap),
  }));
  const figures = { head, ...report, points, subgroups };
  const measuredOn = `${report.rows} rows of ${report.groups} groups`;
  if (reportFile !== undefined) {
    const reports = { [head]: report };
    const answers = { logits, truths: joined, labels, report, points };
    const title = "How well an adapter answers";
    const evaluation = { title, measuredOn, space: set.space, reports, kept: head, answers, subgroups, figures };
    await writeReport(reportFile, evaluationReport(evaluation));
  }

  if (options.json) {
    console.log(JSON.stringify(figures, null, 2));
    return 0;
  }
  console.log(`${measuredOn}, in brackets 95 % intervals over groups\n`);
  process.stdout.write(`${headTable({ [head]: report })}\n${classTable(report)}`);
  if (points.length > 0) process.stdout.write(`\n${pointTable(points)}`);
  for (const { column, values } of subgroups) process.stdout.write(`\n${subgroupTable(column, values)}`);
  return 0;
};

/** A column of the labels, with cuts where it holds numbers. */
interface Column {
  readonly name: string;
  readonly cuts: readonly number[] | undefined;
}

function parseColumn(given: string): Column {
  const end = given.indexOf("=");
  if (end < 0) return { name: given, cuts: undefined };
  const cuts = given
    .slice(end + 1)
    .split(",")
    .map((cut) => (cut.trim() === "" ? Number.NaN : Number(cut)));
  if (!cuts.every((cut, i) => Number.isFinite(cut) && (i === 0 || cut > cuts[i - 1]))) {
    throw new MedembedError("usage", `--by ${given}: cuts must be rising numbers, as in age=18,40,65`);
  }
  return { name: given.slice(0, end), cuts };
}

function parsePrevalence(given: string): [string, number] {
  const end = given.lastIndexOf("=");
  const share = end < 1 ? Number.NaN : Number(given.slice(end + 1) || Number.NaN);
  if (!(share > 0 && share < 1)) {
    throw new MedembedError(
      "usage",
      `--prevalence ${given} must be a label and a share between 0 and 1, as in pneumonia=0.02`,
    );
  }
  return [given.slice(0, end), share];
}

function takePart(joined: JoinedLabels, part: keyof Split | undefined): JoinedLabels {
  if (part === undefined) return joined;
  const rows = joined.split?.[part];
  if (!rows || rows.length === 0) {
    throw new MedembedError(
      "invalid-data",
      `no labelled vector has the split "${part}": name another --part, or fill the column split`,
    );
  }
  return { ...joined, ...takeLabelled(joined, rows), lines: Array.from(rows, (row) => joined.lines[row]) };
}

function compareBy({ name, cuts }: Column, logits: Matrix, joined: JoinedLabels, bootstrap: BootstrapOptions) {
  const values = joined.lines.map(({ cells, line }) => {
    const cell = cells[name]?.trim();
    if (cell === undefined) {
      const known = Object.keys(cells).filter((column) => column !== "id" && column !== "label");
      throw new MedembedError(
        "invalid-data",
        `the labels have no column "${name}"; they have ${known.join(", ") || "no other"}`,
      );
    }
    if (cell === "") return UNKNOWN;
    if (cuts === undefined) return cell;
    if (Number.isNaN(Number(cell))) throw new MedembedError("invalid-data", `line ${line}: ${name} is no number`);
    return bandOf(Number(cell), cuts);
  });
  const compared = compareSubgroups(values, joined.groups, classifierFigures(logits, joined), bootstrap);
  if (cuts === undefined) return compared;
  const order = [...[Number.NEGATIVE_INFINITY, ...cuts].map((cut) => bandOf(cut, cuts)), UNKNOWN];
  return compared.toSorted((a, b) => order.indexOf(a.value) - order.indexOf(b.value));
}
