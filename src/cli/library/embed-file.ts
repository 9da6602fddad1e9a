import { embedVolume } from "../../applications/volumes/embed-volume.ts";
import type { Embedder } from "../../embedder.ts";
import { isVolumeFile } from "../../formats/nifti/read-nifti.ts";

/** A picture's vector; of a NIfTI file the mean of its slices, which compares with those of pictures. @throws as the embedder */
export async function embedFile(embedder: Embedder, bytes: Uint8Array): Promise<Float32Array> {
  return isVolumeFile(bytes) ? (await embedVolume(embedder, bytes)).vector : embedder.embedImage(bytes);
}
