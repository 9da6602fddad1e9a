import { type JoinedLabels, joinLabels, type LabelRow, rowsById } from "../../applications/join-labels.ts";
import { type Matrix, stack } from "../../applications/matrix.ts";
import type { BootstrapOptions } from "../../applications/metrics/bootstrap.ts";
import type { Section } from "../../reports/page.ts";

/** In tables and plots, where several classifiers could stand side by side. */
export const CLASSIFIER_NAME = "zero-shot";

/** How well the labels were found out. */
export interface Measured {
  /** As `--json` prints it. */
  readonly report: { readonly rows: number; readonly groups: number };
  /** For people, on a terminal. */
  readonly table: string;
  readonly sections: readonly Section[];
  /** The names of the columns first. */
  readonly records: readonly (readonly string[])[];
  /** Of each picture whose truth is known, how sure the worst mistake about it is; 0 where there is none. */
  readonly mistakes: ReadonlyMap<string, number>;
}

/** What is known of pictures, and how answers are measured by it. */
export interface TruthTable {
  /** `label` is empty for pictures of which nothing is known. */
  readonly lines: readonly LabelRow[];
  /** What `label` may be. */
  readonly classes: readonly string[];
  /** What a picture shows, as predictions say it. */
  tell(line: LabelRow): string;
  /** @param joined with logits, [pictures, labels], as vectors */
  measure(joined: JoinedLabels, bootstrap: BootstrapOptions): Measured;
}

/** What the pictures show, by their names, and later how well that was found out. */
export class Truth {
  readonly #table: TruthTable;
  readonly #lines: ReadonlyMap<string, LabelRow>;
  readonly #ids: string[] = [];
  readonly #logits: Float32Array[] = [];

  /** @throws MedembedError "invalid-data" for an id twice */
  constructor(table: TruthTable) {
    this.#table = table;
    this.#lines = rowsById(table.lines);
  }

  /** Empty where the table does not say. */
  of(id: string): string {
    const line = this.#lines.get(id);
    return line?.label ? this.#table.tell(line) : "";
  }

  /** Keeps what the report is made of. @param logits [labels] */
  add(id: string, logits: Float32Array): void {
    if (!this.#lines.get(id)?.label) return;
    this.#ids.push(id);
    this.#logits.push(logits);
  }

  /** On the pictures that were added; what is worth a look is said on standard error. @throws MedembedError "invalid-data" where none has a label */
  measure(bootstrap: BootstrapOptions): Measured {
    const vectors: Matrix = stack(this.#logits);
    const joined = joinLabels({ ids: this.#ids, vectors }, this.#table.lines, this.#table.classes);
    for (const note of joined.notes) console.error(`note: ${note}`);
    return this.#table.measure(joined, bootstrap);
  }
}
