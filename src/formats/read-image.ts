import { MedembedError } from "../errors.ts";
import type { Image } from "../image.ts";
import { readBmp } from "./read-bmp.ts";
import { readJpeg, readPng, readTiff, readWebp } from "./read-with-libvips.ts";

/** By content, never by file name: the first twelve bytes in hexadecimal. */
const FORMATS = [
  { name: "PNG", magic: /^89504e470d0a1a0a/, read: readPng },
  { name: "JPEG", magic: /^ffd8ff/, read: readJpeg },
  { name: "WebP", magic: /^52494646.{8}57454250/, read: readWebp },
  { name: "TIFF", magic: /^(49492a00|4d4d002a)/, read: readTiff },
  { name: "BMP", magic: /^424d/, read: readBmp },
] as const satisfies readonly { name: string; magic: RegExp; read: (bytes: Uint8Array) => Image | Promise<Image> }[];

const LONGEST_MAGIC = 12;

/**
 * Reads a PNG, JPEG, WebP, TIFF or BMP file as Pillow reads it: the first page or frame, EXIF orientation not applied,
 * colour profiles ignored, palettes looked up.
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function readImage(bytes: Uint8Array): Promise<Image> {
  const start = Buffer.from(bytes.subarray(0, LONGEST_MAGIC)).toString("hex");
  const format = FORMATS.find(({ magic }) => magic.test(start));
  if (!format) {
    const names = FORMATS.map(({ name }) => name).join(", ");
    throw new MedembedError("unsupported-image", `the ${bytes.length} bytes start like none of ${names}`);
  }
  return format.read(bytes);
}
