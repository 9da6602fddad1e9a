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
