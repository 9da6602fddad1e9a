import { readFile } from "node:fs/promises";
import { cosine } from "../src/cosine.ts";
import type { Embedder } from "../src/embedder.ts";
import { MedembedError } from "../src/errors.ts";
import type { Fidelity } from "../src/models/card.ts";

/** As in a model's card, and how many files were left out because they hold no readable picture. */
export interface MeasuredFidelity {
  readonly fidelity: Fidelity;
  readonly unreadable: number;
}

/** 1 - cosine of each picture's vectors on two rungs of the precision ladder. */
export async function measureFidelity(
  reference: Embedder,
  rung: Embedder,
  paths: readonly string[],
): Promise<MeasuredFidelity> {
  const distances: number[] = [];
  for (const path of paths) {
    const distance = await distanceOf(reference, rung, path);
    if (distance !== undefined) distances.push(distance);
  }
  if (distances.length === 0) throw new MedembedError("not-found", "there is no readable picture to compare");
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  return {
    fidelity: { worst: round(Math.max(...distances)), mean: round(mean), images: distances.length },
    unreadable: paths.length - distances.length,
  };
}

async function distanceOf(reference: Embedder, rung: Embedder, path: string): Promise<number | undefined> {
  const bytes = await readFile(path);
  try {
    return 1 - cosine(await reference.embedImage(bytes), await rung.embedImage(bytes));
  } catch (error) {
    if (error instanceof MedembedError && /-image$/.test(error.code)) return undefined;
    throw error;
  }
}

/** Three digits: more are noise. Never below 0, which rounding of float32 vectors can give. */
function round(value: number): number {
  return Math.max(0, Number(value.toPrecision(3)));
}
