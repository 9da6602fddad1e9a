import type { ErrorCode } from "../errors.ts";
import type { Levels } from "../formats/dicom/monochrome-frame.ts";
import type { Cut, PatientPlane } from "../formats/volume/orientation.ts";
import type { Affine, Finding, Volume } from "../formats/volume/volume.ts";
import type { Pixels } from "../image.ts";
import type { ProfileChoice } from "../profiles/profiles.ts";
import { WorkerPool } from "../worker-pool.ts";

/** A path, or what the file holds. */
export type FileSource = string | Uint8Array;

/** A frame of a DICOM file, turned upright. */
export interface FileSlice {
  readonly file: FileSource;
  /** From 1. */
  readonly frame: number;
  readonly cut: Cut;
}

/** A slice of a volume that lies in shared memory. */
export interface VolumeSlice {
  readonly volume: Volume;
  /** As `volumeLevels` has them for the profile. */
  readonly levels: Levels | undefined;
  readonly cut: Cut;
  /** From 0. */
  readonly index: number;
}

export interface PictureRequest {
  /** A whole image file, or a slice. */
  readonly picture: Uint8Array | FileSlice | VolumeSlice;
  readonly profile: ProfileChoice;
  /** Where refused, DICOM files are no images. */
  readonly dicom: "allowed" | "refused";
  readonly size: { readonly width: number; readonly height: number };
}

export interface VolumeRequest {
  /** NIfTI, or a series of evenly spaced slices. */
  readonly source: FileSource | Series;
  readonly profile: ProfileChoice;
}

/** A volume in shared memory, and what the profile's rendering takes from all of it. */
export interface OpenVolume {
  readonly volume: Volume;
  readonly levels: Levels | undefined;
}

export interface SeriesRequest {
  /** DICOM files. */
  readonly paths: readonly string[];
}

/** The slices of a DICOM series in the order in which they lie in the patient. It holds no identity but the files' names. */
export interface Series {
  readonly slices: readonly SeriesSlice[];
  /** Whether positions decide about the order: else there is no first, last or middle slice. */
  readonly isOrdered: boolean;
  /** The plane of the patient that they are nearest to; undefined where they lie across each other or do not tell. */
  readonly plane: PatientPlane | undefined;
  /** How a volume of the slices would lie; undefined where they are not evenly apart. */
  readonly grid: Affine | undefined;
  readonly findings: readonly Finding[];
}

export interface SeriesSlice {
  readonly path: string;
  /** From 1, and how many the file has. */
  readonly frame: number;
  readonly frames: number;
  readonly cut: Cut;
}

export interface FoundSeries {
  /** In the order of their first files. */
  readonly series: readonly Series[];
  readonly refused: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[];
}

/** What the threads are asked, by kind, and what they answer. */
export interface Tasks {
  readonly picture: { readonly request: PictureRequest; readonly response: Pixels };
  readonly volume: { readonly request: VolumeRequest; readonly response: OpenVolume };
  readonly series: { readonly request: SeriesRequest; readonly response: FoundSeries };
}

export type PreparationRequest = { [Kind in keyof Tasks]: { kind: Kind } & Tasks[Kind]["request"] }[keyof Tasks];
export type PreparationResponse = Tasks[keyof Tasks]["response"];

/** A few threads that read images and bring them to the size of the model, off the event loop. */
export class Preparation {
  /** How many pictures are prepared at a time. */
  readonly workers: number;
  readonly #pool: WorkerPool<PreparationRequest, PreparationResponse>;

  constructor(workers: number) {
    this.workers = workers;
    this.#pool = new WorkerPool(workers, new URL("./preparation-worker.ts", import.meta.url), null);
  }

  /**
   * bytes → Image → Pixels
   * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large", "not-found"
   */
  prepare(request: PictureRequest): Promise<Pixels> {
    return this.#ask("picture", request);
  }

  /** @throws as `prepare` */
  openVolume(request: VolumeRequest): Promise<OpenVolume> {
    return this.#ask("volume", request);
  }

  /** Looks at the headers of all files; what cannot be a slice is refused and named. */
  findSeries(request: SeriesRequest): Promise<FoundSeries> {
    return this.#ask("series", request);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #ask<Kind extends keyof Tasks>(kind: Kind, request: Tasks[Kind]["request"]): Promise<Tasks[Kind]["response"]> {
    return this.#pool.call({ kind, ...request } as PreparationRequest);
  }
}
