import { hash } from "node:crypto";
import type { Maker } from "../batch/journal.ts";
import type { Labels } from "../library/record.ts";
import type { LibraryHead } from "../library/vector-space.ts";
import type { Precision } from "../models/bundle.ts";
import type { ShardSize } from "./shard.ts";

/** Hexadecimal digits of SHA-256: runs at a time are few. */
const RUN_LENGTH = 12;

/** What every worker must know of a run. */
export type RunSpec = LibrarySpec | BatchSpec;

/** What a run is embedded with. */
interface EngineSpec {
  /** A name, or the absolute path of a folder; a worker may have the model elsewhere. */
  readonly model: string;
  readonly precision: Precision;
  /** That of pictures, without what is said of volumes. */
  readonly profile: string;
}

/** A library that is filled. */
export interface LibrarySpec extends EngineSpec {
  readonly kind: "library";
  /** Address, or absolute path of a folder that all workers see. */
  readonly library: string;
  /** Weights, profile and key of the identities: a worker that has others is refused. */
  readonly head: LibraryHead;
  /** As text, by name. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly labels: Labels;
  /** Whether DICOM files are taken together; default: each is a picture. */
  readonly per?: "series";
  /** Root of the DICOMweb server that inputs lie on; whoever asks it has credentials of its own. */
  readonly dicomweb?: string;
  /** What was asked for, as on the command line. */
  readonly paths: readonly string[];
}

/** A folder of CSV files whose rows are embedded. Both folders have the same absolute path on all machines. */
export interface BatchSpec extends EngineSpec {
  readonly kind: "batch";
  readonly inputFolder: string;
  readonly outFolder: string;
  /** A hash over the files' names and states, and how they are cut: with others it is another run. */
  readonly inputs: string;
  readonly size: ShardSize;
  /** Who differs in any of it is refused: the bytes of the outputs depend on it. */
  readonly maker: Maker;
}

/** What a run fills, as people know it. */
export function placeOf(spec: RunSpec): string {
  return spec.kind === "library" ? spec.library : spec.outFolder;
}

/** The name of the model, wherever it is. */
export function modelNameOf(spec: RunSpec): string {
  return spec.kind === "library" ? spec.head.model : spec.maker.model;
}

/** A run is what was asked for: the same command again takes up the same run. */
export function runId(spec: RunSpec): string {
  return hash("sha256", JSON.stringify(spec)).slice(0, RUN_LENGTH);
}
