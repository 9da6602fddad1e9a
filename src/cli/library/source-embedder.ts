import { AGGREGATES, type AggregateName } from "../../applications/volumes/aggregate.ts";
import { embedVolume } from "../../applications/volumes/embed-volume.ts";
import { type VolumeSettings, volumeProfile } from "../../applications/volumes/volume-profile.ts";
import type { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import { isVolumeFile } from "../../formats/nifti/read-nifti.ts";
import type { AddingEmbedder } from "../../library/adding-embedder.ts";
import { parseProfile, profileRendering } from "../../profiles/profiles.ts";

interface SourceEmbedderOptions {
  /** Whether the signal ends work on pictures, too, as far as it is not begun. Default: what was asked for is completed. */
  readonly dropsPictures?: boolean;
}

/**
 * Makes the vectors of a library: of a picture its own, of NIfTI files and series one for all their slices. Its profile names the
 * settings, so that what was made in another way is refused.
 * @param signal ends work on volumes, which may take long
 * @throws MedembedError "usage" for settings whose vectors a library cannot hold
 */
export function sourceEmbedder(
  embedder: Embedder,
  settings: VolumeSettings,
  signal?: AbortSignal,
  { dropsPictures = false }: SourceEmbedderOptions = {},
): AddingEmbedder {
  const { plane, slices } = settings;
  const aggregate = requireDirection(settings);
  return {
    card: embedder.card,
    profile: volumeProfile(embedder.profile, settings),
    frame: profileRendering(parseProfile(embedder.profile)).frame,
    embed: async (source) => {
      if (source instanceof Uint8Array && !isVolumeFile(source)) {
        return { vector: await embedder.embedImage(source, dropsPictures ? { signal } : {}) };
      }
      const { vector, ...report } = await embedVolume(embedder, source, { aggregate, plane, slices, signal });
      return { vector, report };
    },
  };
}

/** @throws MedembedError "usage" for settings whose vectors a library cannot hold */
export function requireDirection({ aggregate }: VolumeSettings): AggregateName {
  if (aggregate !== "none" && AGGREGATES[aggregate].isDirection) return aggregate;
  throw new MedembedError(
    "usage",
    `--aggregate ${aggregate} is not for libraries: these compare by cosine, one vector a file or series; ` +
      "take mean, median or max, or keep such vectors with `medembed embed --out`",
  );
}
