import { MedembedError } from "../errors.ts";
import type { MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import { readDicom } from "../formats/dicom/read-dicom.ts";
import { stackSeries } from "../formats/dicom/series/stack-series.ts";
import { readNifti } from "../formats/nifti/read-nifti.ts";
import type { Volume } from "../formats/volume/volume.ts";
import { profileRendering } from "../profiles/profiles.ts";
import { volumeLevels } from "../profiles/renderings/volume-levels.ts";
import type { OpenVolume, Series, SeriesSlice, VolumeRequest } from "./preparation.ts";
import { readSource, streamSource } from "./read-source.ts";

/** @throws as `Preparation.openVolume` */
export async function openVolume({ source, profile }: VolumeRequest): Promise<OpenVolume> {
  const isFile = typeof source === "string" || source instanceof Uint8Array;
  const volume = isFile
    ? await readNifti(await streamSource(source), profileRendering(profile).frame)
    : await openSeries(source);
  return { volume, levels: volumeLevels(volume, profile) };
}

function openSeries({ slices, grid, findings }: Series): Promise<Volume> {
  if (!grid) {
    const reasons = findings.map(({ message }) => message).join("; ");
    throw new MedembedError("unsupported-image", `the slices make no even grid to cut another plane from: ${reasons}`);
  }
  return stackSeries({ slices, grid, findings }, readGrays);
}

async function readGrays({ path, frame }: SeriesSlice): Promise<MonochromeFrame> {
  const picture = readDicom(await readSource(path), frame);
  if ("modality" in picture) return picture;
  throw new MedembedError("unsupported-image", "slices in colour make no volume");
}
