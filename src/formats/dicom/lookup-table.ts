import { MedembedError } from "../../errors.ts";
import type { Attribute, Attributes } from "./attributes.ts";

/** PS3.3 C.11.1.1.1: an entry for each value from the first on; values outside get the entry at that end. */
export interface LookupTable {
  readonly first: number;
  readonly entries: Uint8Array | Uint16Array;
  /** Of the range that the entries are of: they go up to 2 ** bits - 1. */
  readonly bits: number;
}

const MAX_ENTRIES = 65_536;
const INT16 = 32_768;

/**
 * @param isSigned whether the values that are looked up have a sign, and with them the first one
 * @throws MedembedError "corrupt-image"
 */
export function readLookupTable(
  attributes: Attributes,
  isSigned: boolean,
  descriptorName: Attribute = "lutDescriptor",
  dataName: Attribute = "lutData",
): LookupTable {
  const descriptor = attributes.uint16s(descriptorName, 3);
  if (descriptor?.length !== 3) throw corrupt("no descriptor of three values");
  const [count, first, bits] = descriptor;
  const length = count === 0 ? MAX_ENTRIES : count; // C.11.1.1.1: 65536 does not fit
  if (bits < 8 || bits > 16) throw corrupt(`entries of ${bits} bits, they have 8 to 16`);
  const bytes = attributes.bytes(dataName)?.length ?? 0;
  if (bytes < length) throw corrupt(`${bytes} bytes for ${length} entries`);
  const isPacked = bytes < length * 2;
  if (isPacked && bits > 8) throw corrupt(`${bytes} bytes for ${length} entries of ${bits} bits`);
  const entries = isPacked ? packedEntries(attributes, dataName, length) : attributes.uint16s(dataName, length)!;
  return { first: isSigned && first >= INT16 ? first - 2 * INT16 : first, entries, bits };
}

export function lookUp({ first, entries }: LookupTable, value: number): number {
  const index = Math.floor(value) - first;
  return entries[index < 0 ? 0 : index >= entries.length ? entries.length - 1 : index];
}

/** Two entries of 8 bits in a word, the lower byte first: the words decide what the order of bytes is. */
function packedEntries(attributes: Attributes, name: Attribute, length: number): Uint8Array {
  const words = attributes.uint16s(name, Math.ceil(length / 2))!;
  const entries = Uint8Array.from({ length }, (_, i) => words[i >> 1] >> ((i & 1) * 8));
  // The last byte of an odd number that nobody padded is in no word.
  if (words.length * 2 < length) entries[length - 1] = attributes.bytes(name)![length - 1];
  return entries;
}

function corrupt(found: string): MedembedError {
  return new MedembedError("corrupt-image", `a lookup table of the DICOM file has ${found}`);
}
