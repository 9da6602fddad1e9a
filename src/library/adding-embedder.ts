import type { Embedder } from "../embedder.ts";
import type { ErrorCode } from "../errors.ts";
import type { Finding } from "../formats/volume/volume.ts";
import type { Series, SeriesSlice } from "../preparation/preparation.ts";

/** What turns files and series into the vectors of a library. */
export interface AddingEmbedder extends Pick<Embedder, "card" | "profile"> {
  /** Which frame of a DICOM file a picture is, from 1. */
  readonly frame: number;
  /**
   * @param source a whole file, or a series of DICOM files
   * @throws MedembedError for what gives no vector
   */
  readonly embed: (source: Uint8Array | Series) => Promise<SourceVector>;
}

export interface SourceVector {
  /** float32 [dimensions], of length 1 */
  readonly vector: Float32Array;
  /** Of a volume or a series. */
  readonly report?: {
    /** Slices that the vector is of. */
    readonly embedded: number;
    readonly findings: readonly Finding[];
    /** Slices that it is not of, since their files cannot be read. */
    readonly failed: readonly { readonly source: SeriesSlice; readonly code: ErrorCode; readonly message: string }[];
  };
}
