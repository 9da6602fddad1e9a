import { MedembedError } from "../errors.ts";
import { type Bundle, isBundle, PRECISIONS, type Precision, readBundle } from "../models/bundle.ts";
import { type ModelCard, readCard } from "../models/card.ts";
import { type CheckpointFolder, locateCheckpoint } from "../models/checkpoint-folder.ts";
import { DEFAULT_MODEL, modelFolder } from "../models/registry.ts";
import { cachedBundle, defaultCacheFolder } from "./bundle-cache.ts";

/** How close a faster rung must stay to fp32, as 1 - cosine: `auto` holds the worst of the measured images to it. */
export const MAX_INFIDELITY = 1e-3;

export interface OpenBundleOptions {
  readonly model?: string | undefined;
  readonly precision?: Precision | "auto" | undefined;
  readonly cacheFolder?: string | undefined;
  readonly onBuild?: ((done: number) => void) | undefined;
}

/**
 * The bundle that `--model` and `--precision` mean: a bundle folder as it is, a checkpoint through the cache.
 * @throws MedembedError "not-found", "unknown-precision", or what is wrong with the checkpoint
 */
export async function openBundle({
  model = DEFAULT_MODEL,
  precision = "auto",
  cacheFolder = defaultCacheFolder(),
  onBuild,
}: OpenBundleOptions): Promise<Bundle> {
  if (precision !== "auto" && !PRECISIONS.includes(precision)) {
    throw new MedembedError(
      "unknown-precision",
      `no precision "${precision}"; known are auto, ${PRECISIONS.join(", ")}`,
    );
  }
  const folder = await modelFolder(model);
  if (await isBundle(folder)) {
    const bundle = await readBundle(folder);
    if (precision === "auto" || precision === bundle.card.precision) return bundle;
    throw new MedembedError(
      "unknown-precision",
      `${folder} was built as ${bundle.card.precision}; convert its checkpoint again for ${precision}`,
    );
  }
  const checkpoint = await locateCheckpoint(folder);
  return cachedBundle(checkpoint, {
    precision: await choosePrecision(checkpoint, precision),
    cacheFolder,
    onProgress: onBuild,
  });
}

/** What `auto` means for a checkpoint. Without a measurement in its card there is no reason to trust a faster rung. */
export async function choosePrecision(
  checkpoint: CheckpointFolder,
  precision: Precision | "auto" = "auto",
): Promise<Precision> {
  if (precision !== "auto") return precision;
  return checkpoint.card ? fastestFaithful(await readCard(checkpoint.card)) : "fp32";
}

/** Rungs are listed from the reference to the fastest. */
export function fastestFaithful({ fidelity = {} }: Pick<ModelCard, "fidelity">): Precision {
  return (
    PRECISIONS.findLast((precision) => (fidelity[precision]?.worst ?? Number.POSITIVE_INFINITY) < MAX_INFIDELITY) ??
    "fp32"
  );
}
