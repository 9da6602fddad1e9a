import type { Columns } from "../../vector-files/vector-file.ts";
import { NUMBER_TARGET_NAMES, type NumberTarget, readLabel, readNumber } from "./targets.ts";

interface LabelAudit {
  readonly missing: number;
  /** By value, the most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
}

interface NumberAudit {
  readonly missing: number;
  readonly different: number;
  /** Undefined where all are missing. */
  readonly range: readonly [lowest: number, median: number, highest: number] | undefined;
}

export interface TagAudit {
  readonly rows: number;
  readonly labels: Readonly<Record<string, LabelAudit>>;
  readonly numbers: Readonly<Record<NumberTarget, NumberAudit>>;
}

/** Counts what headers tell and what they do not, in one pass. */
export class TagCounter {
  readonly #labels: ReadonlyMap<string, Map<string | undefined, number>>;
  readonly #numbers: ReadonlyMap<NumberTarget, number[]>;
  #rows = 0;

  /** @param labelTargets of `LABEL_TARGETS`, or columns */
  constructor(labelTargets: readonly string[]) {
    this.#labels = new Map(labelTargets.map((target) => [target, new Map()]));
    this.#numbers = new Map(NUMBER_TARGET_NAMES.map((target) => [target, []]));
  }

  add(columns: Columns): void {
    this.#rows++;
    for (const [target, counts] of this.#labels) {
      const value = readLabel(columns, target);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const [target, values] of this.#numbers) {
      const value = readNumber(columns, target);
      if (value !== undefined) values.push(value);
    }
  }

  result(): TagAudit {
    const labels = [...this.#labels].map(([target, counts]): [string, LabelAudit] => {
      const told = [...counts].filter((entry): entry is [string, number] => entry[0] !== undefined);
      const sorted = told.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
      return [target, { missing: counts.get(undefined) ?? 0, counts: Object.fromEntries(sorted) }];
    });
    const numbers = [...this.#numbers].map(([target, values]): [NumberTarget, NumberAudit] => {
      const sorted = values.toSorted((a, b) => a - b);
      const [lowest, median, highest] = [0, sorted.length >> 1, sorted.length - 1].map((place) => sorted[place]);
      const range = sorted.length > 0 ? ([lowest, median, highest] as const) : undefined;
      return [target, { missing: this.#rows - values.length, different: new Set(values).size, range }];
    });
    return {
      rows: this.#rows,
      labels: Object.fromEntries(labels),
      numbers: Object.fromEntries(numbers) as TagAudit["numbers"],
    };
  }
}
