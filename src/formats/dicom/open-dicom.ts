import { inflateRawSync } from "node:zlib";
import type { DataSet } from "dicom-parser";
import { MedembedError } from "../../errors.ts";
import { Attributes, TAGS } from "./attributes.ts";
import { parseElements, parseFileMeta } from "./dicom-parser.ts";
import { TRANSFER_SYNTAXES, type TransferSyntax } from "./transfer-syntaxes.ts";

/** PS3.10 7.1: a preamble that anything may stand in, then this. */
const PREAMBLE_BYTES = 128;
const PREFIX = "DICM";

/** As much as the pixels of one picture may take; what a deflated file grows to is bounded before it is there. */
const MAX_INFLATED_BYTES = 256 * 2 ** 20;

/** A value representation that the first element of a data set can have: it holds dates, texts or UIDs (PS3.6 group 0008). */
const FIRST_VR = /^(UL|UI|CS|DA|TM|DT|SH|LO|SQ|US|OB)$/;

/** In the first element of a file without a preamble: no text or UID of the first attributes is longer. */
const MAX_FIRST_LENGTH = 256;

export interface OpenedDicom {
  readonly attributes: Attributes;
  readonly transferSyntax: TransferSyntax;
  /** Of what the attributes and offsets refer to: the file, or what its deflated part holds. */
  readonly bytes: Uint8Array;
}

/** Whether a file is DICOM, by its beginning; whoever asks does not need to have read more of it than 132 bytes. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasPreamble(bytes) || beginsWithMeta(bytes) || guessEncoding(bytes) !== undefined;
}

/** Reads all attributes up to the pixels. @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large" */
export function openDicom(bytes: Uint8Array): OpenedDicom {
  const start = hasPreamble(bytes) ? PREAMBLE_BYTES + PREFIX.length : 0;
  if (start === 0 && !beginsWithMeta(bytes)) {
    const transferSyntax = guessEncoding(bytes) ?? guessEncodingFailed();
    return { attributes: parse(bytes, 0, transferSyntax), transferSyntax, bytes };
  }
  const { meta, end } = refusing(() => parseFileMeta(bytes, start));
  const transferSyntax = transferSyntaxOf(new Attributes(meta), bytes.subarray(end));
  if (transferSyntax.isDeflated) {
    const inflated = inflate(bytes.subarray(end));
    return { attributes: parse(inflated, 0, transferSyntax), transferSyntax, bytes: inflated };
  }
  return { attributes: parse(bytes, end, transferSyntax), transferSyntax, bytes };
}

function hasPreamble(bytes: Uint8Array): boolean {
  return latin1(bytes, PREAMBLE_BYTES, PREFIX.length) === PREFIX;
}

/** A file whose writer has left out preamble and prefix: an element of group 0002 that is 00, 01, 02 or 10. */
function beginsWithMeta(bytes: Uint8Array): boolean {
  const [group, groupHigh, element, elementHigh] = bytes;
  if (group !== 2 || groupHigh !== 0 || elementHigh !== 0) return false;
  return [0x00, 0x01, 0x02, 0x10].includes(element) && /^(UL|OB|UI)$/.test(latin1(bytes, 4, 2));
}

/** Of a data set without any header: by an element of group 0008 that could be the first one. */
function guessEncoding(bytes: Uint8Array): TransferSyntax | undefined {
  if (bytes.length < PREAMBLE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isBigEndian = view.getUint16(0) === 0x0008;
  const isLittleEndian = view.getUint16(0, true) === 0x0008;
  const element = view.getUint16(2, isLittleEndian);
  if ((!isBigEndian && !isLittleEndian) || element > 0x0018) return undefined;
  if (FIRST_VR.test(latin1(bytes, 4, 2))) {
    if (view.getUint16(6, isLittleEndian) > MAX_FIRST_LENGTH) return undefined;
    return TRANSFER_SYNTAXES[isBigEndian ? "1.2.840.10008.1.2.2" : "1.2.840.10008.1.2.1"];
  }
  const length = view.getUint32(4, true);
  if (isBigEndian || length > MAX_FIRST_LENGTH || length % 2 !== 0) return undefined;
  return TRANSFER_SYNTAXES["1.2.840.10008.1.2"];
}

function guessEncodingFailed(): never {
  throw new MedembedError("unsupported-image", "the bytes are no DICOM file");
}

function transferSyntaxOf(meta: Attributes, dataSet: Uint8Array): TransferSyntax {
  const uid = meta.text("transferSyntax");
  const known = uid === undefined ? guessEncoding(dataSet) : TRANSFER_SYNTAXES[uid];
  if (known) return known;
  if (/^1\.2\.840\.10008\.1\.3\.10$/.test(meta.text("mediaStorageSopClass") ?? "")) refuseDirectory();
  const read = Object.values(TRANSFER_SYNTAXES).map(({ name }) => name);
  throw new MedembedError("unsupported-image", `the DICOM file has another transfer syntax than ${read.join("; ")}`);
}

function refuseDirectory(): never {
  throw new MedembedError("unsupported-image", "the file is a DICOMDIR, which lists pictures and holds none");
}

function inflate(deflated: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(deflated, { maxOutputLength: MAX_INFLATED_BYTES }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new MedembedError("image-too-large", `the deflated DICOM file holds more than ${MAX_INFLATED_BYTES} bytes`);
    }
    throw new MedembedError("corrupt-image", "the deflated part of the DICOM file cannot be inflated");
  }
}

function parse(bytes: Uint8Array, start: number, { isImplicit, isBigEndian }: TransferSyntax): Attributes {
  // Writers of compressed files have been seen to leave out the value representations that these must have.
  const isReallyImplicit = isImplicit === true || (!isBigEndian && !/^[A-Z]{2}$/.test(latin1(bytes, start + 4, 2)));
  const encoding = { isImplicit: isReallyImplicit, isBigEndian: isBigEndian === true };
  return new Attributes(refusing(() => parseElements(bytes, start, encoding, TAGS.pixelData)));
}

/** dicom-parser throws texts; and nesting without end ends in a RangeError. What they say may quote the file. */
function refusing<Parsed extends DataSet | { meta: DataSet }>(read: () => Parsed): Parsed {
  try {
    return read();
  } catch {
    throw new MedembedError("corrupt-image", "the DICOM attributes break off, contradict themselves or are too many");
  }
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
