import type { PixelArray } from "../../image.ts";
import type { Raster } from "../resize-bicubic.ts";

/** What a client does to a picture before it sends it, with all its options. */
export interface Recipe {
  /** As records name it, e.g. "toolkit-480;parity=1": what is not said in it is by default. */
  readonly id: string;
  /** What it is made for: a picture as it is shown, or numbers, of which it makes a picture itself. */
  readonly takes: "picture" | "numbers";
  /** Whose way of reading files it repeats, mistakes included. */
  readonly reading: Reading;
  /** Of the JPEG that is sent; else it is a PNG. */
  readonly jpegQuality?: number;
  /** What its makers call the endpoint with. */
  readonly params?: { readonly jpegQuality: number; readonly size: number };
  /** @returns gray, RGB, or with alpha where the recipe keeps it. @throws MedembedError "unsupported-image" */
  follow(pixels: PixelArray): Raster;
}

/** Ours; SimpleITK's for DICOM files and Pillow's for others; or pydicom's and Pillow's. */
export type Reading = "medembed" | "sitk" | "pydicom";
