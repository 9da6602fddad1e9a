import { MedembedError } from "../errors.ts";
import type { ByteFile } from "./byte-file.ts";
import { corrupt, quote } from "./corrupt-checkpoint.ts";
import { type ElementType, elementTraits } from "./element-type.ts";

/** A convolution's weights have 4; keeps what a forged file can ask for per tensor small. */
const MAX_RANK = 8;
/** The longest array of Node 20, and twenty times the largest tensor of the published model. */
const MAX_TENSOR_BYTES = 2 ** 32;

/** What a checkpoint says about one of its tensors. @property shape outermost first; [] is a scalar */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** A tensor whose elements are known to lie inside the file. */
export interface PlacedTensor extends StoredTensor {
  /** Of the first element, in bytes from the start of the file. */
  readonly position: number;
  /** Steps between neighbours along each axis, in elements. */
  readonly strides: readonly number[];
}

/** A range of bytes of the file. */
export interface ByteSpan {
  readonly position: number;
  readonly length: number;
}

/** A tensor as a view of a storage, the way torch describes it. @property offset in elements */
interface TensorView extends StoredTensor {
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * Puts a view into its place in the file.
 * @throws MedembedError "corrupt-checkpoint" when the view reaches beyond the storage, or repeats elements of it: reading
 * a tensor never takes more memory than the file has bytes, but for the widening to float32
 */
export function placeTensor(view: TensorView, storage: ByteSpan): PlacedTensor {
  const { name, dtype, shape, strides, offset } = view;
  const { bytes } = elementTraits(dtype);
  const capacity = Math.floor(storage.length / bytes);
  const elements = countElements(name, shape);
  if (strides.length !== shape.length) {
    throw corrupt(`tensor ${quote(name)} has ${shape.length} sizes, but ${strides.length} strides`);
  }
  if (![offset, ...strides].every(isCount)) {
    throw corrupt(`tensor ${quote(name)} has offset ${offset} and strides [${strides}], needed: whole numbers from 0`);
  }
  const extent = extentOf(shape, strides);
  const end = offset + extent;
  if (end > capacity || elements > capacity) {
    throw corrupt(
      `tensor ${quote(name)} of shape [${shape}] takes ${elements} elements up to number ${end} of its storage, which has ${capacity}`,
    );
  }
  if (extent * Math.max(bytes, Float32Array.BYTES_PER_ELEMENT) > MAX_TENSOR_BYTES) {
    throw corrupt(`tensor ${quote(name)} reaches over ${extent} elements, at most ${MAX_TENSOR_BYTES} bytes are read`);
  }
  return { name, dtype, shape, strides, position: storage.position + offset * bytes };
}

/**
 * The product of the sizes.
 * @throws MedembedError "corrupt-checkpoint" for sizes that no tensor has
 */
export function countElements(name: string, shape: readonly number[]): number {
  if (shape.length > MAX_RANK) {
    throw corrupt(`tensor ${quote(name)} has ${shape.length} axes, at most ${MAX_RANK} are read`);
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!shape.every(isCount) || !isCount(elements)) {
    throw corrupt(
      `tensor ${quote(name)} has the shape [${shape}], needed: whole numbers from 0 with a product below 2^53`,
    );
  }
  return elements;
}

/** A size, an offset or a count out of an untrusted file: a whole number from 0 that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Sizes, strides or offsets out of an untrusted file. */
export function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

/** The strides of a row-major array. */
export function contiguousStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

/**
 * Reads one tensor, row-major, whatever its strides.
 * @throws MedembedError "wrong-checkpoint" when its elements are no floating-point numbers
 */
export async function readFloat32(file: ByteFile, tensor: PlacedTensor): Promise<Float32Array> {
  const { name, dtype, shape, strides, position } = tensor;
  const { bytes, toFloat32 } = elementTraits(dtype);
  if (!toFloat32) {
    throw new MedembedError("wrong-checkpoint", `tensor ${quote(name)} holds ${dtype}, needed: floating-point numbers`);
  }
  const values = toFloat32(await file.read(position, extentOf(shape, strides) * bytes));
  return isContiguous(shape, strides) ? values : gather(values, shape, strides);
}

/** How many elements lie between the first and the last of a view, both included. */
function extentOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((extent, size, axis) => extent + (size - 1) * strides[axis], 1);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const contiguous = contiguousStrides(shape);
  return shape.includes(0) || shape.every((size, axis) => size === 1 || strides[axis] === contiguous[axis]);
}

function gather(source: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    values[to] = source[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return values;
}
