/**
 * What a file holds, before any profile has touched it.
 *
 * `data` is row-major, channels interleaved: [height, width, channels]. One channel is gray, two are gray and alpha,
 * three RGB, four RGB and alpha. `depth` 16 keeps the full range of the source (0..65535) and is always gray: Pillow
 * reads the high byte of every other 16-bit picture, and so do we.
 */
export type Image = {
  readonly width: number;
  readonly height: number;
  /** Whether the source stored palette indices or single bits: Pillow resizes such pictures by nearest neighbour. */
  readonly isIndexed: boolean;
} & (
  | { readonly depth: 8; readonly channels: 1 | 2 | 3 | 4; readonly data: Uint8Array }
  | { readonly depth: 16; readonly channels: 1; readonly data: Uint16Array }
);

/** An 8-bit RGB picture of exactly the size that a model takes: uint8 [height, width, 3]. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Samples as a file holds them, or what they measure. */
export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The numbers of a picture before anyone has decided how light each is shown. Every `Image` is one. */
export interface PixelArray {
  readonly width: number;
  readonly height: number;
  /** Gray, gray and alpha, RGB, RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Row-major, channels interleaved: [height, width, channels]. */
  readonly data: Samples;
  /** The lowest value is the lightest, as in DICOM's MONOCHROME1. */
  readonly isInverted?: boolean | undefined;
  /** How its maker would show it, by DICOM's first window. */
  readonly window?: readonly [center: number, width: number] | undefined;
}
