import type { ByteFile } from "./byte-file.ts";
import { corrupt, quote } from "./corrupt-checkpoint.ts";
import { type ElementType, elementTraits } from "./element-type.ts";
import { contiguousStrides, countElements, isCounts, type PlacedTensor, placeTensor } from "./stored-tensor.ts";

/** The published model's header has 75 kB for 601 tensors; bounds what JSON.parse can be made to build. */
const MAX_HEADER_BYTES = 4 * 2 ** 20;
/** The header, a tensor in it, its shape. */
const MAX_NESTING = 3;
const LENGTH_BYTES = 8;

const DTYPES: ReadonlyMap<unknown, ElementType> = new Map([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U64", "uint64"],
  ["U32", "uint32"],
  ["U16", "uint16"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

interface HeaderEntry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds the tensors of a safetensors file: the length of the header as u64, the header as JSON, the data. As the format
 * asks, the tensors must cover the data without a gap or an overlap.
 * @throws MedembedError "corrupt-checkpoint"
 */
export async function placeSafetensors(file: ByteFile): Promise<Map<string, PlacedTensor>> {
  const length = new DataView((await file.read(0, LENGTH_BYTES)).buffer).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw corrupt(`the header claims ${length} bytes, at most ${MAX_HEADER_BYTES} are read`);
  }
  const dataStart = LENGTH_BYTES + Number(length);
  const entries = parseHeader(await file.read(LENGTH_BYTES, Number(length)));
  checkCover(entries, file.size - dataStart);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => {
      const view = { name, dtype, shape, strides: contiguousStrides(shape), offset: 0 };
      return [name, placeTensor(view, { position: dataStart + begin, length: end - begin })];
    }),
  );
}

function parseHeader(bytes: Uint8Array): HeaderEntry[] {
  let header: Record<string, unknown>;
  let pairs: number;
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    pairs = countPairs(json);
    header = JSON.parse(json); // starts with "{", so it is an object
  } catch (cause) {
    throw corrupt("the header is no JSON of the safetensors format", { cause });
  }
  const { __metadata__: metadata, ...tensors } = header;
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value));
  const metadataPairs = metadata === undefined ? 0 : 1 + Object.keys(metadata ?? {}).length;
  if (pairs !== 4 * entries.length + metadataPairs) throw corrupt("the header names a tensor or a key twice");
  return entries;
}

/** One colon outside of the strings for each key: JSON.parse itself drops a repeated key without a word. */
function countPairs(json: string): number {
  let pairs = 0;
  let nesting = 0;
  let isInString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') isInString = !isInString;
    else if (isInString && character === "\\") i++;
    else if (isInString) continue;
    else if (character === ":") pairs++;
    else if (character === "}" || character === "]") nesting--;
    else if ((character === "{" || character === "[") && ++nesting > MAX_NESTING) throw new Error("nested too deeply");
  }
  return pairs;
}

function parseEntry(name: string, value: unknown): HeaderEntry {
  const { dtype: dtypeName, shape, data_offsets: offsets, ...rest } = (value ?? {}) as Record<string, unknown>;
  const dtype = DTYPES.get(dtypeName);
  if (!dtype) {
    throw corrupt(`tensor ${quote(name)} has dtype ${quote(dtypeName)}, needed: ${[...DTYPES.keys()].join(", ")}`);
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2 || Object.keys(rest).length > 0) {
    throw corrupt(
      `tensor ${quote(name)} must have a dtype, a shape and two data_offsets, whole numbers from 0, and nothing else`,
    );
  }
  const [begin, end] = offsets;
  const bytes = countElements(name, shape) * elementTraits(dtype).bytes;
  if (end - begin !== bytes) {
    throw corrupt(`tensor ${quote(name)} has ${end - begin} bytes, [${shape}] of ${dtype} needs ${bytes}`);
  }
  return { name, dtype, shape, begin, end };
}

function checkCover(entries: readonly HeaderEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw corrupt(`tensor ${quote(name)} begins at byte ${begin} of the data, the one before ends at ${covered}`);
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw corrupt(`the tensors take ${covered} bytes, the file has ${dataBytes} bytes of data`);
  }
}
