import type { VectorSet } from "../../applications/vector-set.ts";
import { AGGREGATES, type AggregateName } from "../../applications/volumes/aggregate.ts";
import { splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import { describeSpace } from "../../vector-space.ts";
import { readVectorSet } from "../adapter/read-inputs.ts";
import { embedAll, planEmbedding, stopOnSignals, tellTally } from "../embed-all.ts";
import { countInputs } from "../inputs.ts";
import { modelOptions, text } from "../options.ts";

/** Pictures as vectors, with the model whose texts compare with them. */
export interface PictureSource {
  readonly embedder: Embedder;
  /** Of the pictures, as records name it. */
  readonly profile: string;
  /** Gives each, one after the other. @returns the exit code: 1 where one failed */
  readonly each: (take: (id: string, vector: Float32Array) => Promise<void>) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The pictures of the paths, or of the file of `--vectors`. @throws MedembedError "usage" for none, or both */
export function openPictures(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<PictureSource> {
  const file = text(options, "vectors");
  if (file !== undefined && paths.length > 0) {
    throw new MedembedError("usage", `--vectors ${file} has the pictures already: give it or paths, not both`);
  }
  return file === undefined ? embeddedPictures(paths, options) : storedPictures(file, options);
}

async function embeddedPictures(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<PictureSource> {
  const plan = planEmbedding({ paths, texts: [], textsFile: undefined }, options);
  if (paths.length === 0 && !plan.fromServer) {
    throw new MedembedError("usage", "nothing to classify: give paths, --dicomweb or --vectors");
  }
  if (plan.isForVolumesAlone) throw noDirection(plan.settings.aggregate);
  if (!plan.fromServer && (await countInputs(plan.inputs)) === 0) {
    throw new MedembedError("not-found", `there is no picture in ${paths.join(", ")}`);
  }
  const embedder = await Embedder.open({ ...modelOptions(options), profile: plan.profile });
  const letGo = stopOnSignals(plan);
  return {
    embedder,
    profile: embedder.profile,
    each: async (take) => tellTally(await embedAll(plan, embedder, ({ id, vector }) => take(id, vector))),
    close: async () => {
      await embedder.close();
      letGo();
    },
  };
}

async function storedPictures(file: string, options: Readonly<Record<string, unknown>>): Promise<PictureSource> {
  const { ids, vectors, space } = await readVectorSet(file);
  const { aggregate } = splitVolumeProfile(space.profile).settings;
  if (aggregate !== undefined && !AGGREGATES[aggregate as AggregateName]?.isDirection) throw noDirection(aggregate);
  const embedder = await Embedder.open({ ...modelOptions(options), profile: undefined }); // for texts, which have no profile
  try {
    requireSameWeights(space, embedder, file);
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return {
    embedder,
    profile: space.profile,
    each: async (take) => {
      for (const [row, id] of ids.entries()) {
        await take(id, vectors.values.subarray(row * vectors.columns, (row + 1) * vectors.columns));
      }
      return 0;
    },
    close: () => embedder.close(),
  };
}

/** Texts compare with vectors of any profile, but of one model only. */
function requireSameWeights(space: VectorSet["space"], { card }: Embedder, file: string): void {
  if (space.weights === card.weights && space.dimensions === card.projection) return;
  throw new MedembedError(
    "wrong-space",
    `${file} is of ${describeSpace(space)}, the labels would be of ${card.name} (weights ${card.weights.slice(0, 8)}, ` +
      `${card.projection} values): name the model of the vectors with --model`,
  );
}

function noDirection(aggregate: string): MedembedError {
  return new MedembedError("usage", `${aggregate} over slices has no likeness to a text: take mean, median or max`);
}
