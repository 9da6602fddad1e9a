import { MedembedError } from "../../errors.ts";
import type { Matrix } from "../matrix.ts";
import type { Tensor, Tensors } from "./head.ts";

export function toTensor({ rows, columns, values }: Matrix): Tensor {
  return { shape: [rows, columns], values };
}

export function listTensor(values: Float32Array): Tensor {
  return { shape: [values.length], values };
}

/**
 * A tensor of a known number of axes; the sizes are checked where they are given.
 * @param sizes undefined for one that may be any
 * @throws MedembedError "corrupt-checkpoint" when it is missing or has another shape
 */
export function takeTensor(tensors: Tensors, name: string, sizes: readonly (number | undefined)[]): Tensor {
  const tensor = tensors[name];
  const wanted = `[${sizes.map((size) => size ?? "any").join(", ")}]`;
  if (!tensor) throw new MedembedError("corrupt-checkpoint", `the tensor ${name} is missing, needed: shape ${wanted}`);
  const { shape } = tensor;
  if (shape.length !== sizes.length || shape.some((size, axis) => size !== (sizes[axis] ?? size) || size < 1)) {
    throw new MedembedError(
      "corrupt-checkpoint",
      `the tensor ${name} has shape [${shape.join(", ")}], needed: ${wanted}`,
    );
  }
  return tensor;
}

/** @param sizes as for `takeTensor` */
export function takeMatrix(tensors: Tensors, name: string, sizes: readonly (number | undefined)[]): Matrix {
  const { shape, values } = takeTensor(tensors, name, sizes);
  return { rows: shape[0], columns: shape[1], values };
}
