import { readFailure } from "./failure.ts";
import type { Cells } from "./row.ts";
import { ScoringError } from "./scoring-error.ts";

/** What an endpoint makes of a row: vectors of the halves that were sent, or from a classifier the labels. */
export interface RowResult extends Origin {
  readonly image?: Float32Array;
  readonly text?: Float32Array;
  /** A logarithm: `exp(scalingFactor) × cosine` are the logits of zero-shot classification. */
  readonly scalingFactor?: number;
  /** Best first. */
  readonly labels?: readonly Label[];
}

/** What made a vector, where the endpoint tells it: vectors compare when both are equal. */
export interface Origin {
  /** SHA-256 of the model's weights. */
  readonly weights?: string;
  /** How pictures became pixels. */
  readonly profile?: string;
}

export interface Label {
  readonly label: string;
  readonly score: number;
}

const FEATURES = { image: "image_features", text: "text_features" } as const;

/**
 * Reads an answer in any of its published forms: a list with an object a row, one object with all vectors of a kind in
 * a list, or a classifier's list of labels a row. Vectors may be nested or flat.
 * @param rows what was sent
 * @param secret taken out of messages, should the endpoint repeat it
 * @returns one each, in order; a ScoringError for a row that failed alone
 * @throws ScoringError of kind "answer"
 */
export function readAnswer(
  answer: unknown,
  rows: readonly Cells[],
  secret: string | undefined,
): (RowResult | ScoringError)[] {
  const results = Array.isArray(answer) ? answer : isObject(answer) ? rowsOfObject(answer, rows) : undefined;
  if (results === undefined) throw unexpected("it is neither a list nor an object");
  if (results.length !== rows.length) throw unexpected(`it has ${results.length} rows for ${rows.length}`);
  return results.map((result, i) => {
    const isFailed = isObject(result) && result.error !== undefined;
    if (isFailed) return new ScoringError({ ...readFailure(result, { secret }), kind: "input", row: i });
    return readRow(result, rows[i], i);
  });
}

/** One object for all rows, told as the list that it stands for. */
function rowsOfObject(answer: Readonly<Record<string, unknown>>, rows: readonly Cells[]): unknown[] {
  const lists = Object.entries(FEATURES).map(([half, key]) => {
    const sent = rows.filter((row) => row[half as keyof Cells] !== undefined).length;
    const vectors = answer[key] ?? [];
    if (!Array.isArray(vectors) || vectors.length !== sent) throw unexpected(`its ${key} are not the ${sent} sent`);
    return [key, half, vectors.values()] as const;
  });
  return rows.map((row) => ({
    ...Object.fromEntries(
      lists.flatMap(([key, half, vectors]) =>
        row[half as keyof Cells] === undefined ? [] : [[key, vectors.next().value]],
      ),
    ),
    scaling_factor: answer.scaling_factor,
  }));
}

function readRow(result: unknown, row: Cells, i: number): RowResult {
  if (Array.isArray(result)) return { labels: result.map((label) => readLabel(label, i)) };
  if (!isObject(result)) throw unexpected("it is neither an object nor a list of labels", i);
  const vectors = Object.entries(FEATURES).flatMap(([half, key]) =>
    row[half as keyof Cells] === undefined ? [] : [[half, readVector(result[key], key, i)]],
  );
  const { scaling_factor: scalingFactor } = result;
  if (scalingFactor !== undefined && !Number.isFinite(scalingFactor)) throw unexpected("its factor is no number", i);
  return { ...Object.fromEntries(vectors), ...(scalingFactor !== undefined && { scalingFactor }) };
}

function readVector(features: unknown, key: string, i: number): Float32Array {
  const isNested = Array.isArray(features) && features.length === 1 && Array.isArray(features[0]);
  const vector: unknown = isNested ? features[0] : features;
  if (!Array.isArray(vector) || vector.length === 0 || !vector.every(Number.isFinite)) {
    throw unexpected(`its ${key} are no vector`, i);
  }
  return Float32Array.from(vector);
}

function readLabel(found: unknown, i: number): Label {
  if (!isObject(found) || typeof found.label !== "string" || !Number.isFinite(found.score)) {
    throw unexpected("its labels are not {label, score}", i);
  }
  return { label: found.label, score: found.score as number };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unexpected(fault: string, row?: number): ScoringError {
  const detail = `this is not the answer of a MedImageInsight endpoint: ${fault}`;
  return new ScoringError({ kind: "answer", code: "unexpected_answer", detail, row });
}
