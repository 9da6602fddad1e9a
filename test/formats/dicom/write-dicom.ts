/** Writes small DICOM files, right in all that the tests do not make wrong on purpose. */
import { deflateRawSync } from "node:zlib";

export const SYNTAX = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  jpeg: "1.2.840.10008.1.2.4.50",
  jpegExtended: "1.2.840.10008.1.2.4.51",
  jpegLossless: "1.2.840.10008.1.2.4.70",
  jpegLs: "1.2.840.10008.1.2.4.80",
  jpeg2000: "1.2.840.10008.1.2.4.90",
  htj2k: "1.2.840.10008.1.2.4.201",
  rle: "1.2.840.10008.1.2.5",
} as const;

const LONG_VRS = ["OB", "OW", "OF", "OD", "SQ", "UN", "UT"];
const WORD_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, OW: 2, UL: 4, OF: 4, OD: 8 };

/** Texts, numbers, bytes as they are, items of a sequence, or fragments of compressed pixels. */
type Value =
  | string
  | readonly number[]
  | Uint8Array
  | readonly Elements[]
  | { readonly fragments: readonly Uint8Array[] };
export type Elements = Readonly<Record<string, readonly [vr: string, value: Value]>>;

interface FileOptions {
  readonly syntax?: keyof typeof SYNTAX;
  /** Without preamble and meta information. */
  readonly isBare?: boolean;
}

/** @param elements by tag, e.g. "00280010"; written in the order of the tags */
export function writeDicom(elements: Elements, { syntax = "explicit", isBare = false }: FileOptions = {}): Uint8Array {
  const dataSet = writeElements(elements, { isImplicit: syntax === "implicit", isBigEndian: syntax === "bigEndian" });
  if (isBare) return new Uint8Array(dataSet);
  const meta = writeElements(
    { "00020002": ["UI", "1.2.840.10008.5.1.4.1.1.7"], "00020010": ["UI", SYNTAX[syntax]] },
    { isImplicit: false, isBigEndian: false },
  );
  const length = writeElements({ "00020000": ["UL", [meta.length]] }, { isImplicit: false, isBigEndian: false });
  const packed = syntax === "deflated" ? deflateRawSync(dataSet) : dataSet;
  return new Uint8Array(Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, packed]));
}

interface ImageOptions extends FileOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly samples?: number;
  readonly photometric?: string;
  readonly bitsAllocated?: number;
  readonly bitsStored?: number;
  readonly isSigned?: boolean;
  readonly vr?: "OB" | "OW";
  /** The one fragment stands there as plain pixels. */
  readonly isPlain?: boolean;
  readonly more?: Elements;
}

/** A file of one picture; by default 4x2 unsigned grays of 16 bits. @param pixels values, or fragments */
export function writePicture(
  pixels: readonly number[] | readonly Uint8Array[],
  options: ImageOptions = {},
): Uint8Array {
  const { columns = 4, rows = 2, samples = 1, photometric = "MONOCHROME2", bitsAllocated = 16 } = options;
  const { bitsStored = bitsAllocated, isSigned = false, vr = bitsAllocated > 8 ? "OW" : "OB", more = {} } = options;
  const [first] = pixels;
  const packed = typeof first === "number" ? packSamples(pixels as number[], bitsAllocated, options) : undefined;
  const plain = options.isPlain ? (first as Uint8Array) : packed;
  const elements: Elements = {
    "00080060": ["CS", "OT"],
    "00280002": ["US", [samples]],
    "00280004": ["CS", photometric],
    "00280010": ["US", [rows]],
    "00280011": ["US", [columns]],
    "00280100": ["US", [bitsAllocated]],
    "00280101": ["US", [bitsStored]],
    "00280102": ["US", [bitsStored - 1]],
    "00280103": ["US", [isSigned ? 1 : 0]],
    "7fe00010": [vr, plain ?? { fragments: pixels as Uint8Array[] }],
    ...more,
  };
  return writeDicom(elements, options);
}

function packSamples(values: readonly number[], bitsAllocated: number, { syntax }: ImageOptions): Uint8Array {
  if (bitsAllocated === 1) {
    const bytes = new Uint8Array(Math.ceil(values.length / 16) * 2);
    for (const [i, bit] of values.entries()) bytes[i >> 3]! |= bit << (i & 7);
    return bytes;
  }
  return wordsOf(values, bitsAllocated / 8, syntax === "bigEndian");
}

interface Encoding {
  readonly isImplicit: boolean;
  readonly isBigEndian: boolean;
}

function writeElements(elements: Elements, encoding: Encoding): Buffer {
  const tags = Object.keys(elements).sort();
  return Buffer.concat(tags.map((tag) => writeElement(tag, elements[tag]!, encoding)));
}

function writeElement(tag: string, [vr, value]: Elements[string], encoding: Encoding): Buffer {
  const { isImplicit, isBigEndian } = encoding;
  const tagBytes = wordsOf([Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)], 2, isBigEndian);
  const isCompressed = typeof value === "object" && "fragments" in value;
  const body = isCompressed ? writeFragments(value.fragments) : writeValue(vr, value, encoding);
  const length = isCompressed ? 0xffffffff : body.length;
  if (isImplicit) return Buffer.concat([tagBytes, wordsOf([length], 4, false), body]);
  const isLong = LONG_VRS.includes(vr);
  const header = isLong
    ? [Buffer.from(`${vr}\0\0`), wordsOf([length], 4, isBigEndian)]
    : [Buffer.from(vr), wordsOf([length], 2, isBigEndian)];
  return Buffer.concat([tagBytes, ...header, body]);
}

function writeValue(vr: string, value: Exclude<Value, { fragments: unknown }>, encoding: Encoding): Buffer {
  const body = bodyOf(vr, value, encoding);
  return body.length % 2 === 0 ? body : Buffer.concat([body, Buffer.from(vr === "UI" ? "\0" : " ")]);
}

function bodyOf(vr: string, value: Exclude<Value, { fragments: unknown }>, encoding: Encoding): Buffer {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (vr === "SQ") return Buffer.concat((value as readonly Elements[]).map((item) => writeItem(item, encoding)));
  return Buffer.from(wordsOf(value as readonly number[], WORD_BYTES[vr]!, encoding.isBigEndian));
}

function writeItem(item: Elements, encoding: Encoding): Buffer {
  const body = writeElements(item, encoding);
  const tag = wordsOf([0xfffe, 0xe000], 2, encoding.isBigEndian);
  return Buffer.concat([tag, wordsOf([body.length], 4, encoding.isBigEndian), body]);
}

/** With an empty Basic Offset Table. */
function writeFragments(fragments: readonly Uint8Array[]): Buffer {
  const item = (bytes: Uint8Array) =>
    Buffer.concat([wordsOf([0xfffe, 0xe000], 2, false), wordsOf([bytes.length], 4, false), bytes]);
  const end = Buffer.concat([wordsOf([0xfffe, 0xe0dd], 2, false), wordsOf([0], 4, false)]);
  return Buffer.concat([item(new Uint8Array()), ...fragments.map(item), end]);
}

function wordsOf(values: readonly number[], wordBytes: number, isBigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(values.length * wordBytes);
  for (const [i, value] of values.entries()) {
    for (let byte = 0; byte < wordBytes; byte++) {
      const at = i * wordBytes + (isBigEndian ? wordBytes - 1 - byte : byte);
      bytes[at] = Number((BigInt(value) >> BigInt(byte * 8)) & 255n);
    }
  }
  return bytes;
}
