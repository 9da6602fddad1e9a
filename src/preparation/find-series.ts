import { MedembedError } from "../errors.ts";
import { openDicomFile } from "../formats/dicom/open-dicom-file.ts";
import { type FiledHeader, groupSeries } from "../formats/dicom/series/group-series.ts";
import { readSliceHeaders, type SliceHeader } from "../formats/dicom/series/slice-header.ts";
import type { FoundSeries, SeriesRequest } from "./preparation.ts";
import { sizeOf } from "./read-source.ts";

/** @throws never for what is wrong with a file */
export async function findSeries({ paths }: SeriesRequest): Promise<FoundSeries> {
  const headers: FiledHeader[] = [];
  const refused: FoundSeries["refused"][number][] = [];
  for (const path of paths) {
    try {
      for (const header of await readHeaders(path)) headers.push({ ...header, path });
    } catch (error) {
      if (!(error instanceof MedembedError)) throw error;
      refused.push({ path, code: error.code, message: error.message });
    }
  }
  const series = groupSeries(headers).map(({ slices, ...order }) => ({
    ...order,
    slices: slices.map(({ header: { path, frame, frames }, cut }) => ({ path, frame, frames, cut })),
  }));
  return { series, refused };
}

async function readHeaders(path: string): Promise<SliceHeader[]> {
  const fileBytes = await sizeOf(path);
  const opened = await openDicomFile(path);
  if (!opened) throw new MedembedError("unsupported-image", "the bytes are no DICOM file");
  return readSliceHeaders(opened, fileBytes);
}
