import { takeRows } from "../../applications/matrix.ts";
import type { DescribedVectors } from "../../applications/vector-set.ts";
import { readVectorSet } from "../adapter/read-inputs.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { outlierSettings } from "./outlier-options.ts";
import { runOutliers } from "./run-outliers.ts";

/** Judged at once. */
const ROWS_A_BLOCK = 512;

export const fileOutliers: Run = async ([referencePath, vectorsPath], options) => {
  const outliersPath = text(options, "outliers");
  const settings = outlierSettings(options, outliersPath !== undefined);
  const reference = await readVectorSet(referencePath);
  const outliers = outliersPath === undefined ? undefined : await readVectorSet(outliersPath);
  const vectors = await readVectorSet(vectorsPath);
  const inputs = { reference, outliers, judged: blocksOf(vectors), total: vectors.ids.length };
  return runOutliers(inputs, settings);
};

async function* blocksOf({ ids, vectors, columns, space }: DescribedVectors): AsyncGenerator<DescribedVectors> {
  for (let from = 0; from < ids.length; from += ROWS_A_BLOCK) {
    const rows = Array.from({ length: Math.min(ROWS_A_BLOCK, ids.length - from) }, (_, i) => from + i);
    yield {
      ids: rows.map((row) => ids[row]),
      vectors: takeRows(vectors, rows),
      columns: rows.map((row) => columns[row]),
      space,
    };
  }
}
