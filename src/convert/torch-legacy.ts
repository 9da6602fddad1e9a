import type { ByteFile } from "./byte-file.ts";
import { corrupt, quote } from "./corrupt-checkpoint.ts";
import { elementTraits } from "./element-type.ts";
import type { ByteSpan, PlacedTensor } from "./stored-tensor.ts";
import { placeStateDict, readTorchPickle, type TorchStorage } from "./torch-pickle.ts";
import { MAX_PICKLE_BYTES } from "./unpickle.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const COUNT_BYTES = 8;

/**
 * Finds the tensors of a stream of torch before 1.6: five pickles (magic number, protocol, facts about the machine, the
 * object, the keys of the storages), then each storage as an int64 element count and the elements.
 * @throws MedembedError "corrupt-checkpoint", or "wrong-checkpoint" when the object is no state dict
 */
export async function placeTorchLegacy(file: ByteFile): Promise<Map<string, PlacedTensor>> {
  const bytes = await file.read(0, Math.min(file.size, MAX_PICKLE_BYTES));
  const magic = readTorchPickle(bytes, 0);
  const protocol = readTorchPickle(bytes, magic.end);
  const machine = readTorchPickle(bytes, protocol.end);
  const object = readTorchPickle(bytes, machine.end);
  const keys = readTorchPickle(bytes, object.end);
  if (magic.value !== MAGIC || protocol.value !== PROTOCOL) {
    throw corrupt(`the stream has no magic number, or no protocol ${PROTOCOL}`);
  }
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw corrupt("the stream does not say that it is little-endian");
  }
  return placeStateDict(object.value, await findStorages(file, keys.end, keys.value, object.storages));
}

async function findStorages(
  file: ByteFile,
  start: number,
  keys: unknown,
  storages: ReadonlyMap<string, TorchStorage>,
): Promise<Map<string, ByteSpan>> {
  const spans = new Map<string, ByteSpan>();
  let position = start;
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(key);
    if (!storage || spans.has(key)) throw corrupt(`the stream lists storage ${quote(key)} twice, or no tensor uses it`);
    const count = new DataView((await file.read(position, COUNT_BYTES)).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.count)) {
      throw corrupt(`storage ${quote(key)} has ${count} elements, the pickle says ${storage.count}`);
    }
    const span = { position: position + COUNT_BYTES, length: storage.count * elementTraits(storage.dtype).bytes };
    position = span.position + span.length;
    if (position > file.size) {
      throw corrupt(`storage ${quote(key)} ends at byte ${position}, the file has ${file.size}`);
    }
    spans.set(key, span);
  }
  if (spans.size !== storages.size) {
    throw corrupt(`the stream lists ${spans.size} storages, the tensors use ${storages.size}`);
  }
  return spans;
}
