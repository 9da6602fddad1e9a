import { createHash } from "node:crypto";

/** A vector as it is kept outside this process: a checksum of key and values, and after it the values, float32 as in memory. */
const CHECKSUM_BYTES = 32;

/** @param length values of the vector */
export function sealedBytes(length: number): number {
  return CHECKSUM_BYTES + length * Float32Array.BYTES_PER_ELEMENT;
}

export function seal(key: string, { buffer, byteOffset, byteLength }: Float32Array): Buffer {
  const values = Buffer.from(buffer, byteOffset, byteLength);
  return Buffer.concat([checksum(key, values), values]);
}

/** @returns nothing for what is not, to the last bit, what was sealed under this key */
export function unseal(key: string, sealed: Buffer, length: number): Float32Array | undefined {
  if (sealed.length !== sealedBytes(length)) return undefined;
  const values = sealed.subarray(CHECKSUM_BYTES);
  if (!checksum(key, values).equals(sealed.subarray(0, CHECKSUM_BYTES))) return undefined;
  return new Float32Array(new Uint8Array(values).buffer); // a copy, so that the values stand aligned
}

function checksum(key: string, values: Buffer): Buffer {
  return createHash("sha256").update(key).update(values).digest();
}
