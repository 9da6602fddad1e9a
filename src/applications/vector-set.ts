import { MedembedError } from "../errors.ts";
import type { Columns, VectorRow } from "../vector-files/vector-file.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../vector-space.ts";
import { type Matrix, stack } from "./matrix.ts";

/** Vectors of pictures, all of one model and profile. */
export interface VectorSet {
  /** [rows], each once. */
  readonly ids: readonly string[];
  readonly vectors: Matrix;
  readonly space: VectorSpace;
}

/** Vectors with what else is known of each. */
export interface DescribedVectors extends VectorSet {
  /** [rows] */
  readonly columns: readonly Columns[];
}

/**
 * The rows of a file as `medembed embed` writes it; those of texts are left out.
 * @param name of the file, for messages
 * @throws MedembedError "invalid-data" for rows that do not say what they are, an id twice, NaN; "wrong-space" for rows that do not compare
 */
export async function collectVectors(rows: AsyncIterable<VectorRow>, name: string): Promise<DescribedVectors> {
  const places = new Map<string, number>();
  const vectors: Float32Array[] = [];
  const described: Columns[] = [];
  let space: VectorSpace | undefined;
  let place = 0;
  for await (const { columns, vector } of rows) {
    place++;
    const { id, kind, model, weights, profile } = columns;
    if (id === undefined || weights === undefined || profile === undefined) {
      throw new MedembedError(
        "invalid-data",
        `row ${place} of ${name} does not say what it is: id, weights and profile are needed, as medembed embed writes them`,
      );
    }
    if (kind === "text") continue;
    const own: VectorSpace = {
      model: String(model ?? "a model"),
      weights: String(weights),
      profile: String(profile),
      dimensions: vector.length,
    };
    space ??= own;
    if (!isSameSpace(space, own)) {
      throw new MedembedError(
        "wrong-space",
        `row ${place} of ${name} is of ${describeSpace(own)}, those before are of ${describeSpace(space)}: they do not compare`,
      );
    }
    if (!vector.every(Number.isFinite)) {
      throw new MedembedError("invalid-data", `row ${place} of ${name} holds what is no finite number: embed it again`);
    }
    const before = places.get(String(id));
    if (before !== undefined) {
      throw new MedembedError(
        "invalid-data",
        `rows ${before} and ${place} of ${name} have the same id: each must be there once`,
      );
    }
    places.set(String(id), place);
    vectors.push(vector);
    described.push(columns);
  }
  if (!space) throw new MedembedError("invalid-data", `${name} has no vectors of pictures`);
  return { ids: [...places.keys()], vectors: stack(vectors), columns: described, space };
}

/** A patient's rows belong together; a row of nobody known is on its own. @returns [rows], names of groups */
export function patientGroups({ ids, columns }: Pick<DescribedVectors, "ids" | "columns">): string[] {
  return ids.map((id, row) => {
    const { patient } = columns[row];
    return patient === undefined ? `row ${id}` : `patient ${patient}`;
  });
}
