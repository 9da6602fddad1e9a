import {
  CLASSIFIER_FIGURES,
  type ClassifierFigure,
  type ClassifierReport,
  evaluateClassifier,
  type Truths,
} from "../../applications/evaluate-classifier.ts";
import { joinLabels, type LabelRow, requireKnown, rowsById } from "../../applications/join-labels.ts";
import { type Matrix, stack } from "../../applications/matrix.ts";
import type { BootstrapOptions } from "../../applications/metrics/bootstrap.ts";
import { readLabels } from "../adapter/read-labels.ts";
import { classTable, formatTable, interval } from "../adapter/report-tables.ts";

/** How well the labels were found out. */
export interface Measured {
  readonly report: ClassifierReport;
  /** Of the pictures whose truth is known, [pictures, labels]. */
  readonly logits: Matrix;
  readonly truths: Truths;
}

/** What the pictures show, by their names, and later how well that was found out. */
export class Truth {
  readonly #table: readonly LabelRow[];
  readonly #names: readonly string[];
  readonly #rows: ReadonlyMap<string, LabelRow>;
  readonly #ids: string[] = [];
  readonly #logits: Float32Array[] = [];

  /**
   * @param path a CSV file with the columns id and label, and group if there is one
   * @throws MedembedError "invalid-data" for an id twice, and for a label that is none of `names`
   */
  static async read(path: string, names: readonly string[]): Promise<Truth> {
    const table = await readLabels(path);
    for (const row of table) if (row.label !== "") requireKnown(row, names); // now, not after the work
    return new Truth(table, names);
  }

  private constructor(table: readonly LabelRow[], names: readonly string[]) {
    this.#table = table;
    this.#names = names;
    this.#rows = rowsById(table);
  }

  /** Empty where the table does not say. */
  of(id: string): string {
    return this.#rows.get(id)?.label ?? "";
  }

  /** Keeps what the report is made of. @param logits [labels] */
  add(id: string, logits: Float32Array): void {
    if (this.of(id) === "") return;
    this.#ids.push(id);
    this.#logits.push(logits);
  }

  /** On the pictures that were added; what is worth a look is said on standard error. @throws MedembedError "invalid-data" where none has a label */
  measure(bootstrap: BootstrapOptions): Measured {
    const vectors = stack(this.#logits, this.#names.length);
    const { notes, vectors: logits, ...truths } = joinLabels({ ids: this.#ids, vectors }, this.#table, this.#names);
    for (const note of notes) console.error(`note: ${note}`);
    const report = evaluateClassifier(logits, truths, this.#names, bootstrap);
    return { report, logits, truths };
  }
}

/** For people: all figures, then the classes with the confusion matrix. */
export function reportTable(report: ClassifierReport): string {
  const figures = Object.entries(CLASSIFIER_FIGURES) as [ClassifierFigure, string][];
  const table = formatTable(figures.map(([figure, name]) => [name, interval(report.figures[figure])]));
  const head = `${report.rows} pictures of ${report.groups} groups, in brackets 95 % intervals over groups`;
  return `${head}\n\n${table}\n${classTable(report)}`;
}
