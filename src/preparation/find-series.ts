import { MedembedError } from "../errors.ts";
import { type FiledHeader, groupSeries } from "../formats/dicom/series/group-series.ts";
import { readSliceHeaders, type SliceHeader } from "../formats/dicom/series/slice-header.ts";
import type { FoundSeries, SeriesRequest } from "./preparation.ts";
import { readBeginning, readSource } from "./read-source.ts";

/** Mostly all that stands before the pixels; where it is not, the file is read whole. */
const HEADER_BYTES = 2 ** 17;

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
  const { bytes, fileBytes } = await readBeginning(path, HEADER_BYTES);
  try {
    return readSliceHeaders(bytes, fileBytes);
  } catch (error) {
    if (bytes.length >= fileBytes || !(error instanceof MedembedError)) throw error;
    return readSliceHeaders(await readSource(path));
  }
}
