import type { Row } from "./row.ts";

/** A row with its place in the caller's list, 0-based. */
export interface Numbered<R> {
  readonly index: number;
  readonly row: R;
}

/**
 * Groups rows, in order. A batch holds rows of one kind, with image, with text or with both: the published service takes
 * no others. When the rows break off with an error, it is thrown behind the batch of those before.
 */
export async function* inBatches<R extends Row>(
  rows: Iterable<R> | AsyncIterable<R>,
  size: number,
): AsyncGenerator<Numbered<R>[]> {
  let batch: Numbered<R>[] = [];
  let index = 0;
  const take = () => {
    const taken = batch;
    batch = [];
    return taken;
  };
  try {
    for await (const row of rows) {
      if (batch.length > 0 && kindOf(batch[0].row) !== kindOf(row)) yield take();
      batch.push({ index: index++, row });
      if (batch.length === size) yield take();
    }
  } catch (failure) {
    if (batch.length > 0) yield take();
    throw failure;
  }
  if (batch.length > 0) yield take();
}

function kindOf({ image, text }: Row): string {
  return [image, text].map((half) => (half === undefined || half === null || half === "" ? "-" : "+")).join("");
}
