import { MedembedError } from "../errors.ts";
import { corrupt, quote } from "./corrupt-checkpoint.ts";
import type { ElementType } from "./element-type.ts";
import { type ByteSpan, isCount, isCounts, type PlacedTensor, placeTensor } from "./stored-tensor.ts";
import { unpickle } from "./unpickle.ts";

/** Keys under which training scripts keep the state dict, beside epoch, optimiser and the like. */
const STATE_DICT_KEYS = ["model", "state_dict", "module"];
/** Each of these keys once; a forged dict may hold itself. */
const MAX_NESTING = STATE_DICT_KEYS.length;

/** One of torch's storage classes: all that it says is the type of the elements. */
class StorageClass {
  readonly dtype: ElementType;

  constructor(dtype: ElementType) {
    this.dtype = dtype;
  }
}

/** All that a checkpoint may name; everything else is refused, whatever it is. */
const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["collections OrderedDict", makeOrderedDict],
  ["torch._utils _rebuild_tensor_v2", rebuildTensor],
  ["torch._utils _rebuild_parameter", rebuildParameter],
  ["torch DoubleStorage", new StorageClass("float64")],
  ["torch FloatStorage", new StorageClass("float32")],
  ["torch HalfStorage", new StorageClass("float16")],
  ["torch BFloat16Storage", new StorageClass("bfloat16")],
  ["torch LongStorage", new StorageClass("int64")],
  ["torch IntStorage", new StorageClass("int32")],
  ["torch ShortStorage", new StorageClass("int16")],
  ["torch CharStorage", new StorageClass("int8")],
  ["torch ByteStorage", new StorageClass("uint8")],
  ["torch BoolStorage", new StorageClass("bool")],
]);

/** An array of elements that lies outside of the pickle. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: ElementType;
  /** In elements. */
  readonly count: number;

  constructor(key: string, dtype: ElementType, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
  }
}

/** What torch.save pickled. @property end the position after the pickle */
interface TorchPickle {
  readonly value: unknown;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly end: number;
}

/**
 * Reads a pickle that torch.save wrote.
 * @throws MedembedError "corrupt-checkpoint", also for anything that is no part of a state dict
 */
export function readTorchPickle(bytes: Uint8Array, start: number): TorchPickle {
  const storages = new Map<string, TorchStorage>();
  const loadPersistent = (id: unknown): TorchStorage => {
    const storage = parseStorageId(id);
    const known = storages.get(storage.key) ?? storage;
    if (known.dtype !== storage.dtype || known.count !== storage.count) {
      throw corrupt(
        `storage ${quote(storage.key)} has ${known.count} ${known.dtype} in one place and ${storage.count} ${storage.dtype} in another`,
      );
    }
    storages.set(storage.key, known);
    return known;
  };
  return { ...unpickle(bytes, start, { globals: GLOBALS, loadPersistent }), storages };
}

/**
 * Finds the state dict in a pickled object and puts its tensors into their places.
 * @param spans where the storages lie, by key
 * @throws MedembedError "wrong-checkpoint" when the object is no state dict, "corrupt-checkpoint" when a tensor does not
 * fit into its storage
 */
export function placeStateDict(value: unknown, spans: ReadonlyMap<string, ByteSpan>): Map<string, PlacedTensor> {
  const tensors = new Map<string, PlacedTensor>();
  for (const [name, tensor] of findStateDict(value, 0)) {
    if (typeof name !== "string" || !(tensor instanceof TorchTensor)) {
      throw noStateDict(`the entry ${quote(name)} is no tensor with a name`);
    }
    const { storage, offset, shape, strides } = tensor;
    const span = spans.get(storage.key);
    if (!span) throw new Error(`no span was given for storage ${storage.key}`);
    if (!isCounts(shape) || !isCounts(strides) || !isCount(offset)) {
      throw corrupt(`tensor ${quote(name)} has sizes, strides or an offset that are no whole numbers from 0`);
    }
    tensors.set(name, placeTensor({ name, dtype: storage.dtype, shape, strides, offset }, span));
  }
  return tensors;
}

function findStateDict(value: unknown, nesting: number): ReadonlyMap<unknown, unknown> {
  if (!(value instanceof Map)) throw noStateDict("the pickled object is no dict");
  const inner = STATE_DICT_KEYS.filter((key) => value.get(key) instanceof Map);
  if (inner.length === 0) return value;
  if (inner.length > 1) throw noStateDict(`there is a dict under each of ${inner.join(", ")}`);
  if (nesting === MAX_NESTING) throw noStateDict("the state dict is nested too deeply");
  return findStateDict(value.get(inner[0]), nesting + 1);
}

function noStateDict(found: string): MedembedError {
  return new MedembedError("wrong-checkpoint", `${found}, needed: one state dict`);
}

/** A view as the pickle has it; it is checked when it is placed. */
class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;

  constructor(storage: TorchStorage, offset: unknown, shape: unknown, strides: unknown) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** ("storage", class, key, location, element count), in the legacy format with a sixth: a view, which torch 0.4 gave up. */
function parseStorageId(id: unknown): TorchStorage {
  const [kind, storageClass, key, location, count, view] = Array.isArray(id) ? id : [];
  const isStorage = kind === "storage" && storageClass instanceof StorageClass && typeof key === "string";
  if (!isStorage || typeof location !== "string" || !isCount(count) || (view ?? null) !== null) {
    throw corrupt("the pickle has a persistent id that is no storage with class, key, location and element count");
  }
  return new TorchStorage(key, storageClass.dtype, count);
}

function makeOrderedDict(args: readonly unknown[]): Map<unknown, unknown> {
  if (args.length > 0) throw corrupt(`the pickle calls OrderedDict with ${args.length} arguments, needed: none`);
  return new Map();
}

/** Arguments: storage, offset, size, stride, requires_grad, backward hooks, and in newer versions metadata. */
function rebuildTensor(args: readonly unknown[]): TorchTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof TorchStorage)) throw corrupt("the pickle rebuilds a tensor from what is no storage");
  return new TorchTensor(storage, offset, shape, strides);
}

/** Arguments: the tensor, requires_grad, backward hooks. */
function rebuildParameter([tensor]: readonly unknown[]): TorchTensor {
  if (!(tensor instanceof TorchTensor)) throw corrupt("the pickle rebuilds a parameter from what is no tensor");
  return tensor;
}
