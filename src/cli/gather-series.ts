import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { isDicom } from "../formats/dicom/open-dicom.ts";
import type { Series } from "../preparation/preparation.ts";
import { readBeginning } from "../preparation/read-source.ts";
import type { Input } from "./inputs.ts";

/** Enough to tell a DICOM file. */
const BEGINNING_BYTES = 132;

/** A DICOM series, by the first of its files' names; or a file that is no slice. */
export type SeriesInput =
  | { readonly kind: "series"; readonly id: string; readonly series: Series }
  | { readonly kind: "refused"; readonly id: string; readonly error: MedembedError };

/**
 * Passes on what is no DICOM file, and at the end the series that the DICOM files make: it takes all of them to know a series.
 * @param signal ends the list without those series: files may be missing in them
 */
export async function* gatherSeries(
  inputs: AsyncIterable<Input>,
  embedder: Pick<Embedder, "findSeries">,
  signal: AbortSignal,
): AsyncGenerator<Input | SeriesInput> {
  const paths: string[] = [];
  for await (const input of inputs) {
    if (input.fetch)
      throw new MedembedError("usage", "--per series takes series from folders and servers, not from buckets");
    if (input.kind === "image" && (await isDicomFile(input.id))) paths.push(input.id);
    else yield input;
  }
  if (signal.aborted || paths.length === 0) return;
  const { series: found, refused } = await embedder.findSeries(paths);
  for (const { path, code, message } of refused) {
    yield { kind: "refused", id: path, error: new MedembedError(code, message) };
  }
  for (const series of found) {
    const [id] = series.slices.map(({ path }) => path).sort();
    yield { kind: "series", id, series };
  }
}

/** Those that cannot be read are reported where they are embedded. */
async function isDicomFile(path: string): Promise<boolean> {
  const beginning = await readBeginning(path, BEGINNING_BYTES).catch(() => undefined);
  return beginning !== undefined && isDicom(beginning);
}
