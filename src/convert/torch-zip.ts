import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { MedembedError } from "../errors.ts";
import type { ByteFile } from "./byte-file.ts";
import { corrupt, quote } from "./corrupt-checkpoint.ts";
import { elementTraits } from "./element-type.ts";
import type { ByteSpan, PlacedTensor } from "./stored-tensor.ts";
import { placeStateDict, readTorchPickle, type TorchStorage } from "./torch-pickle.ts";
import { MAX_PICKLE_BYTES } from "./unpickle.ts";

/** The published model needs 603; bounds the time and the memory that a forged directory takes. */
const MAX_ENTRIES = 2 ** 14;
const STORED = 0;

/**
 * Finds the tensors of a zip that torch.save writes since 1.6: `<name>/data.pkl` with the object, `<name>/data/<key>` with
 * the storages, all stored. Sizes come from the central directory: the local headers do not have them.
 * @throws MedembedError "corrupt-checkpoint", or "wrong-checkpoint" when the object is no state dict
 */
export async function placeTorchZip(file: ByteFile): Promise<Map<string, PlacedTensor>> {
  const spans = await listEntries(file);
  const pickleNames = [...spans.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleNames.length !== 1) throw corrupt(`the zip has ${pickleNames.length} entries <name>/data.pkl, needed: 1`);
  const folder = pickleNames[0].slice(0, -"data.pkl".length);
  await checkByteOrder(file, spans.get(`${folder}byteorder`));
  const pickle = readTorchPickle(await readSmall(file, spans.get(pickleNames[0])!, MAX_PICKLE_BYTES), 0);
  const storages = [...pickle.storages.values()].map(
    (storage) => [storage.key, findStorage(storage, folder, spans)] as const,
  );
  return placeStateDict(pickle.value, new Map(storages));
}

/** Where the data of each entry lies. */
async function listEntries(file: ByteFile): Promise<Map<string, ByteSpan>> {
  try {
    const zip = await fromRandomAccessReaderPromise(new ZipReader(file), file.size, { autoClose: false });
    if (zip.entryCount > MAX_ENTRIES) {
      throw corrupt(`the zip has ${zip.entryCount} entries, at most ${MAX_ENTRIES} are read`);
    }
    const spans = new Map<string, ByteSpan>();
    for await (const entry of zip.eachEntry()) {
      if (spans.has(entry.fileName)) throw corrupt(`the zip has the entry ${quote(entry.fileName)} twice`);
      spans.set(entry.fileName, await findData(zip, entry));
    }
    return spans;
  } catch (cause) {
    if (cause instanceof MedembedError) throw cause;
    throw corrupt(`the zip cannot be read: ${quote(cause instanceof Error ? cause.message : cause)}`, { cause });
  }
}

async function findData(zip: ZipFile, entry: Entry): Promise<ByteSpan> {
  if (entry.compressionMethod !== STORED || entry.isEncrypted()) {
    throw corrupt(
      `the zip entry ${quote(entry.fileName)} is compressed or encrypted, torch stores all of them as they are`,
    );
  }
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return { position: fileDataStart, length: entry.uncompressedSize };
}

function findStorage(
  { key, dtype, count }: TorchStorage,
  folder: string,
  spans: ReadonlyMap<string, ByteSpan>,
): ByteSpan {
  const span = spans.get(`${folder}data/${key}`);
  if (!span) throw corrupt(`the zip has no entry for storage ${quote(key)}`);
  const bytes = count * elementTraits(dtype).bytes;
  if (span.length !== bytes) {
    throw corrupt(`storage ${quote(key)} has ${span.length} bytes, ${count} ${dtype} need ${bytes}`);
  }
  return span;
}

/** Newer versions of torch say it; older ones wrote the order of the machine, and no one trains on a big-endian one. */
async function checkByteOrder(file: ByteFile, span: ByteSpan | undefined): Promise<void> {
  if (!span) return;
  const order = new TextDecoder().decode(await readSmall(file, span, 16));
  if (order !== "little") throw corrupt(`the zip has the byte order ${quote(order)}, needed: "little"`);
}

async function readSmall(file: ByteFile, { position, length }: ByteSpan, maxBytes: number): Promise<Uint8Array> {
  if (length > maxBytes) throw corrupt(`the zip has an entry with ${length} bytes where at most ${maxBytes} are read`);
  return file.read(position, length);
}

/** Lets yauzl read from our file, which stays open when it is done. */
class ZipReader extends RandomAccessReader {
  readonly #file: ByteFile;

  constructor(file: ByteFile) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#file.read(position, length).then((bytes) => {
      buffer.set(bytes, offset);
      callback(null, length);
    }, callback);
  }

  override _readStreamForRange(): never {
    throw new Error("entries are read in place, never streamed");
  }
}
