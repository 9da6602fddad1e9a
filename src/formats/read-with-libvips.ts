/**
 * PNG, JPEG, WebP and TIFF through libvips, its output brought to what Pillow gives for the same file (compared pixel
 * by pixel in the tests). Known to differ, both rare: 16-bit TIFFs whose zero is white are inverted here, as TIFF 6.0
 * asks, and stay negative in Pillow; the colours of premultiplied TIFFs may be off by one.
 */
import type { Metadata } from "sharp";
import { MedembedError } from "../errors.ts";
import type { Image } from "../image.ts";
import { checkImageSize, MAX_PIXELS } from "./image-limits.ts";
import { multiply255 } from "./multiply-255.ts";
import { sharp } from "./sharp.ts";
import { readTiffTag, TIFF_EXTRA_SAMPLES, TIFF_PHOTOMETRIC } from "./tiff-tag.ts";

/** A file that breaks off is refused, but not one that libjpeg merely grumbles about: Pillow draws the same line. */
const INPUT = { failOn: "truncated", ignoreIcc: true } as const;

/** libvips' names of the colours in the file → how many of its bands are colour. */
const COLOR_BANDS: Record<string, number> = { "b-w": 1, grey16: 1, srgb: 3, rgb16: 3, cmyk: 4 };

/** What the pixels do not say: how they were stored. */
interface Storage {
  readonly isIndexed: boolean;
  readonly hasAlpha: boolean;
  readonly appliesOrientation: boolean;
}

export const readJpeg = (bytes: Uint8Array): Promise<Image> =>
  read("JPEG", bytes, () => ({ isIndexed: false, hasAlpha: false, appliesOrientation: false }));

export const readWebp = (bytes: Uint8Array): Promise<Image> =>
  read("WebP", bytes, ({ hasAlpha }) => ({ isIndexed: false, hasAlpha, appliesOrientation: false }));

export const readPng = (bytes: Uint8Array): Promise<Image> =>
  read("PNG", bytes, ({ isPalette, bitsPerSample }) => ({
    isIndexed: isPalette || bitsPerSample === 1,
    // Colour types 4 and 6. Palettes and plain colours can be transparent too; Pillow's convert("RGB") ignores that.
    hasAlpha: (bytes[25] & 4) !== 0,
    appliesOrientation: false,
  }));

export const readTiff = (bytes: Uint8Array): Promise<Image> =>
  read("TIFF", bytes, ({ hasAlpha, bitsPerSample }) => ({
    isIndexed: readTiffTag(bytes, TIFF_PHOTOMETRIC) === 3 || bitsPerSample === 1,
    hasAlpha: hasAlpha && readTiffTag(bytes, TIFF_EXTRA_SAMPLES) !== 0,
    // The tag is the order of the stored rows, which the standard makes part of the picture; Pillow applies it too.
    appliesOrientation: true,
  }));

async function read(format: string, bytes: Uint8Array, storageOf: (header: Metadata) => Storage): Promise<Image> {
  const header = await sharp(bytes, { ...INPUT, limitInputPixels: false })
    .metadata()
    .catch(refuse(format));
  checkImageSize(header.width, header.height);
  const colorBands = COLOR_BANDS[header.space];
  if (!colorBands || (header.depth !== "uchar" && header.depth !== "ushort")) {
    throw new MedembedError(
      "unsupported-image",
      `the ${format} holds ${header.space} as ${header.depth}; read are gray, RGB and CMYK as uchar or ushort`,
    );
  }
  const storage = storageOf(header);
  const { data: buffer, info } = await decode(bytes, header, storage).catch(refuse(format));
  // No Buffer leaves this file: its slice() shares memory where everyone expects a copy.
  const data = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

  const { width, height, channels: bands } = info;
  const { isIndexed } = storage;
  if (header.space === "cmyk") {
    return { width, height, isIndexed, depth: 8, channels: 3, data: cmykToRgb(highBytes(data, header), bands) };
  }
  const kept = [...(colorBands === 1 ? [0] : [0, 1, 2]), ...(storage.hasAlpha ? [bands - 1] : [])];
  if (header.depth === "ushort" && kept.length === 1) {
    return { width, height, isIndexed, depth: 16, channels: 1, data: takeBands(asUint16(data), bands, kept) };
  }
  const channels = kept.length as 1 | 2 | 3 | 4;
  return { width, height, isIndexed, depth: 8, channels, data: takeBands(highBytes(data, header), bands, kept) };
}

function decode(bytes: Uint8Array, header: Metadata, { hasAlpha, appliesOrientation }: Storage) {
  const input = sharp(bytes, { ...INPUT, limitInputPixels: MAX_PIXELS, autoOrient: appliesOrientation });
  if (header.space === "cmyk") input.pipelineColourspace("cmyk");
  // libvips would drop the alpha of 8-bit gray; as RGB it stays.
  const space = header.space === "b-w" && hasAlpha ? "srgb" : header.space;
  return input
    .toColourspace(space)
    .raw({ depth: header.depth === "ushort" ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
}

/** What libvips says itself may quote the file, and stays out. */
function refuse(format: string): (error: unknown) => never {
  return () => {
    throw new MedembedError("corrupt-image", `the ${format} breaks off, contradicts itself or is of a rare kind`);
  };
}

function highBytes(data: Uint8Array, header: Metadata): Uint8Array {
  return header.depth === "ushort" ? Uint8Array.from(asUint16(data), (sample) => sample >> 8) : data;
}

function asUint16(data: Uint8Array): Uint16Array {
  return new Uint16Array(data.slice().buffer);
}

function takeBands<Samples extends Uint8Array | Uint16Array>(samples: Samples, bands: number, kept: number[]): Samples {
  if (kept.length === bands) return samples;
  const count = samples.length / bands;
  const taken = samples.slice(0, count * kept.length) as Samples;
  for (let pixel = 0, at = 0; pixel < count; pixel++) {
    for (const band of kept) taken[at++] = samples[pixel * bands + band];
  }
  return taken;
}

/** Pillow's naive conversion, without a colour profile: each ink takes its share of what black has left. */
function cmykToRgb(inks: Uint8Array, bands: number): Uint8Array {
  const rgb = new Uint8Array((inks.length / bands) * 3);
  for (let from = 0, at = 0; from < inks.length; from += bands) {
    const light = 255 - inks[from + 3];
    for (let ink = 0; ink < 3; ink++) rgb[at++] = light - multiply255(inks[from + ink], light);
  }
  return rgb;
}
