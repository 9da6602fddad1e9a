import { readFile, stat } from "node:fs/promises";
import { MedembedError } from "../../errors.ts";
import type { Facts, Identify } from "../../facts.ts";
import { readFacts, readFileFacts } from "../../formats/read-facts.ts";
import type { GalleryQuery } from "../../library/gallery.ts";
import { middleSlice } from "../../library/series-source.ts";
import { findSeries } from "../../preparation/find-series.ts";
import type { Series } from "../../preparation/preparation.ts";
import { readSource } from "../../preparation/read-source.ts";
import { listInputs } from "../inputs.ts";

/** What is searched for. */
export type Query =
  | { readonly text: string }
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly series: Series };

/** The picture of it that a page shows. */
export async function galleryQuery(query: Query): Promise<GalleryQuery> {
  if ("text" in query) return query;
  if ("bytes" in query) return { name: query.path, bytes: query.bytes };
  const { path, frame } = middleSlice(query.series);
  return { name: query.path, bytes: await readSource(path), frame };
}

/** @param image a file, or a folder with one DICOM series @throws MedembedError "usage", "not-found" */
export async function openQuery(image: string | undefined, text: string | undefined): Promise<Query> {
  if ((image === undefined) === (text === undefined)) {
    throw new MedembedError("usage", "give one thing to compare with: --image or --text");
  }
  if (image === undefined) return { text: text! };
  const found = await stat(image).catch(() => undefined);
  if (found?.isDirectory()) return { path: image, series: await onlySeries(image) };
  const bytes = await readFile(image).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("not-found", `${image} cannot be read: ${cause.code}`, { cause });
  });
  return { path: image, bytes };
}

/** What the header of a picture, or that of the middle slice of a series, tells. */
export async function factsOf(query: Query, identify: Identify): Promise<Facts> {
  if ("text" in query) return {};
  return "bytes" in query
    ? readFacts(query.bytes, { identify })
    : readFileFacts(middleSlice(query.series).path, { identify });
}

async function onlySeries(folder: string): Promise<Series> {
  const paths: string[] = [];
  for await (const { id } of listInputs({ paths: [folder], texts: [], textsFile: undefined })) paths.push(id);
  const { series } = await findSeries({ paths });
  if (series.length === 1) return series[0];
  throw new MedembedError(
    "usage",
    `${folder} has ${series.length} DICOM series in it; name the folder of one, or a file`,
  );
}
