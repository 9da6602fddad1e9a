import { hash } from "node:crypto";
import { resolve } from "node:path";
import { type ErrorCode, MedembedError } from "../errors.ts";
import type { Identify } from "../facts.ts";
import { readFacts } from "../formats/read-facts.ts";
import type { Series, SeriesSlice } from "../preparation/preparation.ts";
import { sliceName } from "../preparation/slice-name.ts";
import type { AddingEmbedder, SourceVector } from "./adding-embedder.ts";
import type { KnownContent } from "./adopt-files.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { FilePlace, KnownFiles } from "./known-files.ts";
import type { Labels, StoredVector } from "./record.ts";
import { fewerSlices } from "./series-records.ts";
import { listSeries, middleSlice, readSeries, type SeriesFiles, type SeriesSource } from "./series-source.ts";
import { readSettled, stateOf } from "./settled-file.ts";

/** These end the run; all else is the fault of a file, and the others go on. */
const FATAL: ReadonlySet<ErrorCode> = new Set(["closed", "write-failed", "corrupt-library"]);

/** A file, a picture that comes from elsewhere and never changes there, or a series. */
export type AddSource = { readonly path: string } | RemotePicture | SeriesSource;

interface RemotePicture {
  /** As the record names it: no UID, and no name of a person. */
  readonly source: string;
  /** What messages call it. */
  readonly name: string;
  /** As far as it is known before. */
  readonly bytes?: number | undefined;
  /** @throws MedembedError for one that cannot be had */
  readonly fetch: () => Promise<Uint8Array>;
}

/** What has become of a file or a series. One that is told as stored is on the disk. @property path that of a file, else its name */
export type AddOutcome = { readonly path: string } & (
  | {
      readonly outcome: "stored";
      readonly id: string;
      /** Of a volume or series: how many its vector is of, and what is wrong with it. */
      readonly slices?: number;
      readonly findings?: readonly string[];
    }
  /** The library has it, had its content from another file, or has more of the series; then the id is that of the record. */
  | { readonly outcome: "known"; readonly id?: string; readonly findings?: readonly string[] }
  | { readonly outcome: "failed"; readonly code: ErrorCode; readonly reason: string }
);

/** @property path that of a file, else its name */
export type FileFailure = Extract<AddOutcome, { readonly outcome: "failed" }>;

/** What was found out, before anything of it is stored. */
export interface Discovery {
  readonly outcome: AddOutcome;
  /** Unless a file before this one has the same content: they are read in any order. */
  readonly record?: StoredVector;
  /** What to adopt where there is no record: its content is known, from another file or from another time. */
  readonly known?: KnownContent;
  /** Slices of a series that its record is not of. */
  readonly failures?: readonly FileFailure[];
}

/** What all of one run is found out with. */
export interface Adding {
  readonly embedder: AddingEmbedder;
  readonly known: Pick<KnownFiles, "hasPlace" | "embedOnce" | "recordOf">;
  readonly budget: ByteBudget;
  readonly identify: Identify;
  readonly labels: Labels;
}

/** Embeds what is not known yet. @throws what is no fault of the source */
export async function findOut(source: AddSource, adding: Adding): Promise<Discovery> {
  const path = "path" in source ? source.path : source.name;
  try {
    return await ("lend" in source ? findOutSeries(source, adding) : findOutFile(path, source, adding));
  } catch (error) {
    if (!(error instanceof MedembedError) || FATAL.has(error.code)) throw error;
    return { outcome: failure(path, error) };
  }
}

async function findOutFile(
  path: string,
  file: { readonly path: string } | RemotePicture,
  adding: Adding,
): Promise<Discovery> {
  const { embedder, known, budget, identify } = adding;
  const { frame } = embedder;
  const { place, read, size } = await open(file);
  if (known.hasPlace(place)) return { outcome: { path, outcome: "known" } };
  return budget.use(size, async () => {
    const bytes = await read();
    const id = hash("sha256", bytes);
    const content = place.bytes === undefined ? {} : { known: { id, place } };
    const facts = readFacts(bytes, { identify, frame });
    const embedded = await known.embedOnce(id, () => embedder.embed(bytes));
    if (!embedded) return { outcome: { path, outcome: "known", id }, ...content };
    const slices = embedded.report && { slices: embedded.report.embedded };
    return { ...content, ...toDiscovery(path, { id, ...place, ...slices, facts }, embedded, adding) };
  });
}

async function open(file: { readonly path: string } | RemotePicture) {
  if ("fetch" in file) {
    return { place: { source: file.source } as FilePlace, read: file.fetch, size: file.bytes ?? 0 };
  }
  const source = resolve(file.path);
  const state = await stateOf(source);
  return { place: { source, ...state } as FilePlace, read: () => readSettled(source, state), size: state.bytes };
}

async function findOutSeries({ path, remote, lend }: SeriesSource, adding: Adding): Promise<Discovery> {
  const { embedder, known, budget, identify } = adding;
  const isKnown: Discovery = { outcome: { path, outcome: "known" } };
  if (remote && known.hasPlace(remote)) return isKnown;
  return lend(async ({ series, failed = [], isComplete = true, nameOf = sliceName }) => {
    const files = await listSeries(series);
    const place = remote ? { ...remote, ...(!isComplete && { listing: files.listing }) } : placeOf(series, files);
    if (known.hasPlace(place)) return isKnown;
    const { id, facts } = await readSeries(files, budget, identify);
    const slices = series.slices.length;
    const there = facts.series === undefined ? undefined : await known.recordOf(facts.series);
    if (there && there.slices > slices) {
      return { outcome: { path, outcome: "known", id: there.id, findings: [fewerSlices(there.slices, slices)] } };
    }
    const failures = failed.map(({ name, error }) => failure(name, error));
    const content = { known: { id, place } };
    const embedded = await known.embedOnce(id, () => embedder.embed(series));
    if (!embedded) return { outcome: { path, outcome: "known", id }, ...content, failures };
    const record = { id, ...place, slices, facts };
    return { ...content, ...toDiscovery(path, record, embedded, adding, { failures, nameOf }) };
  });
}

function placeOf(series: Series, { states, listing }: SeriesFiles): FilePlace {
  const { path, frame, frames } = middleSlice(series);
  const source = resolve(path);
  return { source, ...(frames > 1 && { frame }), ...states.get(source), listing };
}

interface Told {
  readonly failures: readonly FileFailure[];
  readonly nameOf: (slice: SeriesSlice) => string;
}

function toDiscovery(
  path: string,
  record: Pick<StoredVector, "id" | "slices" | "facts"> & FilePlace,
  { vector, report }: SourceVector,
  { embedder, labels }: Adding,
  { failures, nameOf }: Told = { failures: [], nameOf: sliceName },
): Discovery {
  const { precision } = embedder.card;
  const found = report && { slices: report.embedded, findings: report.findings.map(({ message }) => message) };
  const unread = (report?.failed ?? []).map(({ source, ...error }) => failure(nameOf(source), error));
  return {
    outcome: { path, outcome: "stored", id: record.id, ...found },
    record: { ...record, added: new Date().toISOString(), precision, labels, vector },
    failures: [...failures, ...unread],
  };
}

function failure(path: string, { code, message }: Pick<MedembedError, "code" | "message">): FileFailure {
  return { path, outcome: "failed", code, reason: message };
}
