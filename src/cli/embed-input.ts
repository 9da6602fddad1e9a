import { AGGREGATES } from "../applications/volumes/aggregate.ts";
import { embedSlices, embedVolume, type SliceReport } from "../applications/volumes/embed-volume.ts";
import { type VolumeSettings, volumeProfile } from "../applications/volumes/volume-profile.ts";
import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { NIFTI_HEADER_BYTES } from "../formats/nifti/nifti-header.ts";
import { isVolumeFile } from "../formats/nifti/read-nifti.ts";
import type { Series } from "../preparation/preparation.ts";
import { readBeginning, readSource } from "../preparation/read-source.ts";
import type { SeriesInput } from "./gather-series.ts";
import type { Input } from "./inputs.ts";

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
export async function embedInput(embedder: Embedder, input: Input | SeriesInput, work: VolumeWork): Promise<Outcome> {
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

async function embed(embedder: Embedder, input: Input | SeriesInput, work: VolumeWork): Promise<Outcome> {
  const { kind, id } = input;
  const { settings } = work;
  if (kind === "refused") throw new MedembedError("unsupported-image", input.reason);
  const record = recordsOf(embedder, settings);
  if (kind === "text") return only(record(id, "text", await embedder.embedText(id)));
  if (kind === "series") return embedAsVolume(embedder, id, input.series, work);
  const { fetch } = input;
  if (!fetch && isVolumeFile(await readBeginning(id, NIFTI_HEADER_BYTES))) return embedAsVolume(embedder, id, id, work);
  if (settings.aggregate !== "none" && !AGGREGATES[settings.aggregate].isDirection) {
    throw new MedembedError("usage", `a picture has no ${settings.aggregate} over slices`);
  }
  return only(record(id, "image", await embedder.embedImage(await (fetch ? fetch() : readSource(id)))));
}

async function embedAsVolume(
  embedder: Embedder,
  id: string,
  source: string | Series,
  { settings, signal }: VolumeWork,
): Promise<Outcome> {
  const { aggregate, plane, slices } = settings;
  const options = { plane, slices, signal };
  const record = recordsOf(embedder, settings);
  if (aggregate !== "none") {
    const { vector, ...report } = await embedVolume(embedder, source, { ...options, aggregate });
    return { records: [record(id, "volume", vector)], ...tellOf(id, report) };
  }
  const records: VectorRecord[] = [];
  const report = await embedSlices(embedder, source, options, ({ index, source: file, vector }) => {
    const number = plane === "acquired" ? index + 1 : `${plane}-${index + 1}`;
    records.push(record(file ? nameOf(file) : `${id}#${number}`, "image", vector));
  });
  return { records, ...tellOf(id, report) };
}

function tellOf(id: string, { findings, failed }: SliceReport): Omit<Outcome, "records"> {
  return {
    failed: failed.map(({ source, message }) => ({ id: nameOf(source), reason: message })),
    notes: findings.map(({ message }) => `${id}: ${message}`),
  };
}

/** As messages call it: texts, and what a server calls its files, are nobody's business. */
function nameOfInput(input: Input | SeriesInput): string {
  if (input.kind === "text") return "a text";
  return input.kind === "image" ? (input.name ?? input.id) : input.id;
}

/** A file, or a frame of one that has several. */
function nameOf({ path, frame, frames }: Series["slices"][number]): string {
  return frames > 1 ? `${path}#${frame}` : path;
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
