import type { Embedder, ImageOptions } from "../../embedder.ts";
import { type ErrorCode, MedembedError } from "../../errors.ts";
import { countSlices } from "../../formats/volume/cut-slice.ts";
import { type Cut, cutOf, type Plane } from "../../formats/volume/orientation.ts";
import type { Finding } from "../../formats/volume/volume.ts";
import { inParallel } from "../../in-parallel.ts";
import type { FileSource, OpenVolume, Series, SeriesSlice } from "../../preparation/preparation.ts";
import { parseProfile, profileRendering } from "../../profiles/profiles.ts";
import { renderingOf } from "../../profiles/renderings/renderings.ts";
import { AGGREGATES, type AggregateName, beginAggregate, normalised } from "./aggregate.ts";
import { chooseSlices, type SliceChoice } from "./choose-slices.ts";
import { SharedFiles } from "./shared-files.ts";

/** Slices in work at a time: enough for the engine to find the next batch ready, few enough that rendered ones take no memory. */
const SLICES_IN_WORK = 16;
/** What is wrong with one file, and leaves the others of its series as they are. */
const BAD_FILE: ReadonlySet<ErrorCode> = new Set([
  "unsupported-image",
  "corrupt-image",
  "image-too-large",
  "not-found",
] as const);

export interface SliceOptions extends Omit<ImageOptions, "onBegin"> {
  /** Default: the slices as they were acquired. */
  readonly plane?: Plane | undefined;
  /** Default: all. */
  readonly slices?: SliceChoice | undefined;
}

export interface VolumeOptions extends SliceOptions {
  /** Default: the mean. */
  readonly aggregate?: AggregateName | undefined;
}

/** What of an `Embedder` makes vectors of volumes. */
export type VolumeEmbedder = Pick<Embedder, "profile" | "openVolume" | "embedSlice" | "inVolumeTurn">;

/** A slice whose vector is there. */
export interface EmbeddedSlice {
  /** Among all slices, from 0. */
  readonly index: number;
  /** Where it comes from, in a series of DICOM files as it was acquired. */
  readonly source: SeriesSlice | undefined;
  /** float32 [projection], of length 1. */
  readonly vector: Float32Array;
}

export interface SliceReport {
  /** How many slices have given a vector. */
  readonly embedded: number;
  readonly findings: readonly Finding[];
  /** Slices of a series whose file cannot be read. */
  readonly failed: readonly { readonly source: SeriesSlice; readonly code: ErrorCode; readonly message: string }[];
}

/** One vector for all of a volume. */
export interface VolumeVector extends SliceReport {
  /** float32 [projection], of length 1; of a deviation and the seven statistics as they are. */
  readonly vector: Float32Array;
}

/**
 * Embeds slices and makes one vector of them.
 * @param source a NIfTI file, or a series as `Embedder.findSeries` finds it
 * @throws as `embedSlices`
 */
export async function embedVolume(
  embedder: VolumeEmbedder,
  source: FileSource | Series,
  { aggregate = "mean", ...options }: VolumeOptions = {},
): Promise<VolumeVector> {
  const aggregator = beginAggregate(aggregate);
  const report = await embedSlices(embedder, source, options, ({ vector }) => aggregator.add(vector));
  const vector = aggregator.result();
  return { ...report, vector: AGGREGATES[aggregate].isDirection ? normalised(vector) : vector };
}

/**
 * Embeds the slices of a volume, some at a time: at any moment few of them are rendered.
 *
 * A series seen in its own plane is embedded file by file, each slice as its file alone would be but for being turned upright; other planes
 * are cut from the volume that its files make.
 * @param take gets the slices in their order: to the right, to the front or upwards
 * @throws MedembedError as `Embedder.embedImage`; "unsupported-image" where the file or series does not tell what the options ask for
 */
export async function embedSlices(
  embedder: VolumeEmbedder,
  source: FileSource | Series,
  options: SliceOptions,
  take: (slice: EmbeddedSlice) => void,
): Promise<SliceReport> {
  const { plane = "acquired", slices = "all", ...image } = options;
  const { name } = profileRendering(parseProfile(image.profile ?? embedder.profile));
  const { niftiCut } = renderingOf(name);
  const isSeries = typeof source === "object" && "slices" in source;
  if (niftiCut && isSeries) throw new MedembedError("unsupported-image", `rendering ${name} takes NIfTI files`);
  if (niftiCut && plane !== "acquired") {
    throw new MedembedError("usage", `rendering ${name} cuts slices in its own way, and takes no plane`);
  }
  return embedder.inVolumeTurn(async () => {
    if (isSeries && (plane === "acquired" || plane === source.plane)) {
      return embedFiles(embedder, source, { slices, image, take });
    }
    const open = await embedder.openVolume(source, image.profile);
    const cut = niftiCut ?? cutOf(open.volume.affine, plane);
    return embedCut(embedder, open, cut, { slices, image, take });
  }, image);
}

interface Taking {
  readonly slices: SliceChoice;
  readonly image: ImageOptions;
  readonly take: (slice: EmbeddedSlice) => void;
}

async function embedFiles(
  embedder: VolumeEmbedder,
  series: Series,
  { slices, image, take }: Taking,
): Promise<SliceReport> {
  const { first, end } = chooseSlices(series.slices.length, slices);
  if (!series.isOrdered && end - first < series.slices.length) {
    throw new MedembedError("unsupported-image", "the slices do not tell their order, so they have no centre");
  }
  const files = new SharedFiles();
  const failures: { readonly source: SeriesSlice; readonly error: MedembedError }[] = [];
  const outcomes = inParallel(range(first, end), { width: SLICES_IN_WORK }, async (index, signal) => {
    const source = series.slices[index];
    const { path, frame, frames, cut } = source;
    try {
      const file = frames > 1 ? await files.read(path) : path;
      return { index, source, vector: await embedder.embedSlice({ file, frame, cut }, until(signal, image)) };
    } catch (error) {
      if (error instanceof MedembedError && BAD_FILE.has(error.code)) return { source, error };
      throw error;
    }
  });
  for await (const outcome of outcomes) {
    if (outcome.error) failures.push(outcome);
    else take(outcome);
  }
  const embedded = end - first - failures.length;
  if (embedded === 0) throw failures[0].error;
  const failed = failures.map(({ source, error: { code, message } }) => ({ source, code, message }));
  return { embedded, findings: series.findings, failed };
}

async function embedCut(
  embedder: VolumeEmbedder,
  { volume, levels }: OpenVolume,
  cut: Cut,
  { slices, image, take }: Taking,
): Promise<SliceReport> {
  const { first, end } = chooseSlices(countSlices(volume, cut), slices);
  const embedded = inParallel(range(first, end), { width: SLICES_IN_WORK }, async (index, signal) => {
    const vector = await embedder.embedSlice({ volume, levels, cut, index }, until(signal, image));
    return { index, source: undefined, vector };
  });
  for await (const slice of embedded) take(slice);
  return { embedded: end - first, findings: volume.findings, failed: [] };
}

/** What nobody waits for, since another slice has failed, is dropped like what its caller has left. */
function until(signal: AbortSignal, image: ImageOptions): ImageOptions {
  return { ...image, signal: image.signal ? AbortSignal.any([image.signal, signal]) : signal };
}

async function* range(first: number, end: number): AsyncGenerator<number> {
  for (let index = first; index < end; index++) yield index;
}
