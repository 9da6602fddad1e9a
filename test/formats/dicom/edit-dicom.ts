import { type Elements, writeDicom } from "./write-dicom.ts";

/** Of data sets in explicit little endian: the value representations whose length has four bytes (PS3.5 7.1.2). */
const LONG_VRS = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"];

/** The top-level elements of a real file, uncompressed and explicit little endian; values as they are. */
export function elementsOf(file: Uint8Array): Elements {
  const bytes = Buffer.from(file);
  const elements: Record<string, readonly [string, Uint8Array]> = {};
  for (let at = 132; at < bytes.length; ) {
    const tag = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)].map((half) => half.toString(16).padStart(4, "0"));
    const vr = bytes.toString("latin1", at + 4, at + 6);
    const isLong = LONG_VRS.includes(vr);
    const length = isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    const start = at + (isLong ? 12 : 8);
    if (tag[0] !== "0002") elements[tag.join("")] = [vr, bytes.subarray(start, start + length)];
    at = start + length;
  }
  return elements;
}

/** A real file with other elements in place of its own, or beside them. */
export function withElements(file: Uint8Array, elements: Elements): Uint8Array {
  return writeDicom({ ...elementsOf(file), ...elements });
}
