import { MedembedError } from "../../errors.ts";

/** Before each element its length, uint32, the lowest byte first. */
const LENGTH_BYTES = 4;

/**
 * The elements of a BYTES tensor in the binary form.
 * @param count as the shape says @returns views
 * @throws MedembedError "invalid-request" unless there are so many and nothing else
 */
export function readBinaryElements(tensor: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(tensor.buffer, tensor.byteOffset, tensor.length);
  const elements: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES;
    const length = start <= tensor.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (start + length > tensor.length) {
      throw new MedembedError("invalid-request", `a binary tensor of ${tensor.length} bytes ends within element ${i}`);
    }
    elements.push(tensor.subarray(start, start + length));
    at = start + length;
  }
  if (at < tensor.length) {
    const found = `a binary tensor of ${count} elements has ${tensor.length - at} bytes behind the last`;
    throw new MedembedError("invalid-request", found);
  }
  return elements;
}
