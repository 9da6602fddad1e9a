import type { Image } from "../../image.ts";
import type { Attribute, Attributes } from "./attributes.ts";
import { lookUp, readLookupTable } from "./lookup-table.ts";
import type { PixelLayout } from "./pixel-layout.ts";
import type { StoredValues } from "./stored-values.ts";

/** Colours of 8 bits, pixel by pixel: uint8 [rows, columns, 3]. */
type Rgb = Uint8Array;

/**
 * A colour picture out of its stored values. Samples of more than 8 bits give their high ones.
 * @param isYbr whether the samples are luminance and two chrominances
 */
export function colourImage(values: StoredValues, layout: PixelLayout, isYbr: boolean): Image {
  const { columns: width, rows: height, isPlanar, bitsStored } = layout;
  const bytes = toBytes(values, bitsStored);
  const data = isPlanar ? interleave(bytes) : bytes;
  if (isYbr) ybrToRgb(data, layout.photometric === "YBR_PARTIAL_422");
  return { width, height, channels: 3, isIndexed: false, depth: 8, data };
}

/** PS3.3 C.7.9: each index looked up in three tables. @throws MedembedError "corrupt-image" */
export function paletteImage(values: StoredValues, layout: PixelLayout, attributes: Attributes): Image {
  const tables = (["red", "green", "blue"] as const).map((colour) => {
    const [descriptor, data]: Attribute[] = [`${colour}PaletteDescriptor`, `${colour}PaletteData`];
    return readLookupTable(attributes, layout.isSigned, descriptor, data);
  });
  const data = new Uint8Array(values.length * 3);
  for (let pixel = 0, at = 0; pixel < values.length; pixel++) {
    for (const table of tables) {
      const entry = lookUp(table, values[pixel]);
      data[at++] = table.bits > 8 ? entry >> (table.bits - 8) : entry;
    }
  }
  return { width: layout.columns, height: layout.rows, channels: 3, isIndexed: false, depth: 8, data };
}

/**
 * PS3.3 C.7.6.3.1.2: Y, Y, Cb, Cr become two pixels with the same colours.
 * @returns [rows, columns, 3]
 */
export function shareColours(halved: StoredValues): StoredValues {
  const shared = new (halved.constructor as Uint8ArrayConstructor)((halved.length / 4) * 6) as StoredValues;
  for (let from = 0, at = 0; from < halved.length; from += 4) {
    for (const luminance of [from, from + 1]) {
      shared[at++] = halved[luminance];
      shared[at++] = halved[from + 2];
      shared[at++] = halved[from + 3];
    }
  }
  return shared;
}

function toBytes(values: StoredValues, bitsStored: number): Uint8Array {
  if (bitsStored === 8 && values instanceof Uint8Array) return values;
  if (bitsStored > 8) return Uint8Array.from(values, (value) => value >>> (bitsStored - 8));
  return Uint8Array.from(values, (value) => Math.round((value * 255) / (2 ** bitsStored - 1)));
}

function interleave(planes: Uint8Array): Rgb {
  const pixels = planes.length / 3;
  const rgb = new Uint8Array(planes.length);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
    for (let plane = 0; plane < 3; plane++) rgb[at++] = planes[plane * pixels + pixel];
  }
  return rgb;
}

/** The inverse of PS3.3 C.7.6.3.1.2's equations, rounded and clipped, in place. */
function ybrToRgb(data: Uint8Array, isPartial: boolean): void {
  const clip = (value: number) => (value < 0 ? 0 : value > 255 ? 255 : Math.floor(value + 0.5));
  // The partial range of CCIR 601-2 leaves room: black is 16, white 235, colours go from 16 to 240.
  const [black, lightness, colourfulness] = isPartial ? [16, 255 / 219, 255 / 224] : [0, 1, 1];
  for (let at = 0; at < data.length; at += 3) {
    const y = (data[at] - black) * lightness;
    const cb = (data[at + 1] - 128) * colourfulness;
    const cr = (data[at + 2] - 128) * colourfulness;
    data[at] = clip(y + 1.402 * cr);
    data[at + 1] = clip(y - 0.344136 * cb - 0.714136 * cr);
    data[at + 2] = clip(y + 1.772 * cb);
  }
}
