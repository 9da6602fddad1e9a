import { AGGREGATES } from "../applications/volumes/aggregate.ts";
import { embedSlices, embedVolume, type SliceReport } from "../applications/volumes/embed-volume.ts";
import { type VolumeSettings, volumeProfile } from "../applications/volumes/volume-profile.ts";
import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { NIFTI_HEADER_BYTES } from "../formats/nifti/nifti-header.ts";
import { isVolumeFile } from "../formats/nifti/read-nifti.ts";
import type { FileSource, Series, SeriesSlice } from "../preparation/preparation.ts";
import { readBeginning, readSource } from "../preparation/read-source.ts";
import { sliceName } from "../preparation/slice-name.ts";
import type { SeriesInput } from "./gather-series.ts";
import type { Input } from "./inputs.ts";
import type { RemoteSeries } from "./remote-series.ts";

/** A vector with all that decides whether it compares with another one. */
export interface VectorRecord {
  readonly id: string;
  /** A volume is all slices of a file or series in one vector. */
  readonly kind: "image" | "text" | "volume";
  readonly model: string;
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly profile: string;
  readonly precision: string;
  readonly vector: Float32Array;
}

/** What came of an input: records, what failed and why, and what there is to say about it. */
export interface Outcome {
  readonly records: readonly VectorRecord[];
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

interface VolumeWork {
  readonly settings: VolumeSettings;
  /** Ends work on volumes, which may take long; a picture or text in work is completed. */
  readonly signal: AbortSignal;
}

/** @throws what is no fault of the input */
export async function embedInput(
  embedder: Embedder,
  input: Input | SeriesInput | RemoteSeries,
  work: VolumeWork,
): Promise<Outcome> {
  try {
    return await embed(embedder, input, work);
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    return {
      records: [],
      notes: [],
      failed: [{ id: nameOfInput(input), reason: error.message }],
    };
  }
}

async function embed(
  embedder: Embedder,
  input: Input | SeriesInput | RemoteSeries,
  work: VolumeWork,
): Promise<Outcome> {
  const { kind, id } = input;
  const { settings } = work;
  if (kind === "refused") throw input.error;
  const record = recordsOf(embedder, settings);
  if (kind === "text") return only(record(id, "text", await embedder.embedText(id)));
  if (kind === "series") return embedAsVolume(embedder, id, input.series, work);
  if (kind === "remote-series") return embedRemote(embedder, input, work);
  const fetched = await input.fetch?.();
  if (isVolumeFile(fetched ?? (await readBeginning(id, NIFTI_HEADER_BYTES)))) {
    return embedAsVolume(embedder, id, fetched ?? id, work);
  }
  if (settings.aggregate !== "none" && !AGGREGATES[settings.aggregate].isDirection) {
    throw new MedembedError("usage", `a picture has no ${settings.aggregate} over slices`);
  }
  return only(record(id, "image", await embedder.embedImage(fetched ?? (await readSource(id)))));
}

function embedRemote(embedder: Embedder, { id, name, lend }: RemoteSeries, work: VolumeWork): Promise<Outcome> {
  return lend(embedder, async ({ series, failed, idOf, nameOf }) => {
    const outcome = await embedAsVolume(embedder, id, series, work, { input: name, idOf, nameOf });
    const missing = failed.map(({ name, error }) => ({ id: name, reason: error.message }));
    return { ...outcome, failed: [...missing, ...outcome.failed] };
  });
}

/** What records and messages call slices, and what messages call the input. */
interface Names {
  readonly input: string;
  readonly idOf: (slice: SeriesSlice) => string;
  readonly nameOf: (slice: SeriesSlice) => string;
}

async function embedAsVolume(
  embedder: Embedder,
  id: string,
  source: FileSource | Series,
  { settings, signal }: VolumeWork,
  names: Names = { input: id, idOf: sliceName, nameOf: sliceName },
): Promise<Outcome> {
  const { aggregate, plane, slices } = settings;
  const options = { plane, slices, signal };
  const record = recordsOf(embedder, settings);
  if (aggregate !== "none") {
    const { vector, ...report } = await embedVolume(embedder, source, { ...options, aggregate });
    return { records: [record(id, "volume", vector)], ...tellOf(report, names) };
  }
  const records: VectorRecord[] = [];
  const report = await embedSlices(embedder, source, options, ({ index, source: file, vector }) => {
    const number = plane === "acquired" ? index + 1 : `${plane}-${index + 1}`;
    records.push(record(file ? names.idOf(file) : `${id}#${number}`, "image", vector));
  });
  return { records, ...tellOf(report, names) };
}

function tellOf({ findings, failed }: SliceReport, { input, nameOf }: Names): Omit<Outcome, "records"> {
  return {
    failed: failed.map(({ source, message }) => ({ id: nameOf(source), reason: message })),
    notes: findings.map(({ message }) => `${input}: ${message}`),
  };
}

/** As messages call it: texts, and what a server calls its files, are nobody's business. */
function nameOfInput(input: Input | SeriesInput | RemoteSeries): string {
  if (input.kind === "text") return "a text";
  return "name" in input ? (input.name ?? input.id) : input.id;
}

function recordsOf({ card, profile }: Embedder, settings: VolumeSettings) {
  const facts = {
    model: card.name,
    weights: card.weights,
    profile: volumeProfile(profile, settings),
    precision: card.precision,
  };
  return (id: string, kind: VectorRecord["kind"], vector: Float32Array): VectorRecord => ({
    id,
    kind,
    ...facts,
    vector,
  });
}

function only(record: VectorRecord): Outcome {
  return { records: [record], failed: [], notes: [] };
}
