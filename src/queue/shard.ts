import { hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Fault } from "../batch/read-rows.ts";
import type { RowRange } from "../batch/row-range.ts";
import type { ErrorCode } from "../errors.ts";
import { Fingerprints } from "../library/fingerprints.ts";
import { inGroups } from "../library/in-groups.ts";
import type { Series } from "../preparation/preparation.ts";

/** Hexadecimal digits of SHA-256 that tell shards apart: 128 bits. */
const ID_LENGTH = 32;
/** Far more than any shard unpacked; stops what is none from filling the memory. */
const MAX_UNPACKED_BYTES = 2 ** 28;

/** What is embedded, where every worker finds it. No two inputs of a run have one path. */
export type ShardInput = FileInput | SeriesFiles | RemoteInput | RefusedFile | RowInput;

/** A picture or volume. */
interface FileInput {
  readonly kind?: undefined;
  /** Of a file, absolute; or an address such as `s3://bucket/key`. */
  readonly path: string;
  /** When the run was planned; absent for what is not there. */
  readonly bytes?: number;
  readonly modified?: number;
}

/** A series of DICOM files, whose headers were read when the run was planned. */
export interface SeriesFiles {
  readonly kind: "series";
  /** That of the first of its files' names, absolute. */
  readonly path: string;
  /** Paths are absolute. */
  readonly series: Series;
  /** Of all files, and their state at that time; absent where one was gone. */
  readonly bytes?: number;
  readonly listing?: string;
}

/** A file or a series on the DICOMweb server of its run. */
export interface RemoteInput {
  readonly kind: "remote";
  /** What comes behind the root of the service: `studies/…/series/…`, of a file with `/instances/…` behind it. */
  readonly path: string;
  /** What messages call it: they repeat no UIDs. */
  readonly name: string;
  readonly bytes?: undefined;
  /** UIDs of those that make a series, in the order of their numbers. */
  readonly instances?: readonly string[];
}

/** A file of which planning has found that it gives no record. */
interface RefusedFile {
  readonly kind: "refused";
  readonly path: string;
  readonly bytes?: undefined;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A row of a CSV file, or what planning has found to be wrong with the file from there on. */
export type RowInput = {
  readonly kind: "row";
  /** `file.csv#17`, or `file.csv` where its header is at fault. */
  readonly path: string;
} & (
  | {
      readonly row: number;
      readonly bytes: number;
      /** The row lies in it, mostly with others. */
      readonly range: RowRange;
    }
  | { readonly row: number | undefined; readonly bytes?: undefined; readonly fault: Fault }
);

/** Inputs that go to a worker together. */
export interface Shard {
  /** Of its inputs as they were when the run was planned. */
  readonly id: string;
  readonly inputs: readonly ShardInput[];
}

export interface ShardSize {
  readonly inputs: number;
  readonly bytes: number;
}

/** Inputs in shards, in their order, each once; a shard is full as soon as it has so many inputs or so many bytes. */
export async function* cutShards(inputs: AsyncIterable<ShardInput>, size: ShardSize): AsyncGenerator<Shard> {
  const isFull = (group: readonly ShardInput[]) => group.length >= size.inputs || bytesOf(group) >= size.bytes;
  for await (const group of inGroups(eachOnce(inputs), { isFull })) yield shardOf(group);
}

async function* eachOnce(inputs: AsyncIterable<ShardInput>): AsyncGenerator<ShardInput> {
  const seen = new Fingerprints();
  for await (const input of inputs) {
    if (seen.has(input.path)) continue;
    seen.add(input.path);
    yield input;
  }
}

export function shardOf(inputs: readonly ShardInput[]): Shard {
  return { id: hash("sha256", JSON.stringify(inputs)).slice(0, ID_LENGTH), inputs };
}

export function bytesOf(inputs: readonly ShardInput[]): number {
  return inputs.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

/** As Redis keeps it: paths of one folder have most of their letters in common. */
export function pack(value: unknown): Buffer {
  return deflateRawSync(JSON.stringify(value));
}

export function unpack<Value>(packed: Uint8Array): Value {
  return JSON.parse(inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES }).toString()) as Value;
}
