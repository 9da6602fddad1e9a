/** JSON, all digits: reading them gives the same float32. @throws Error for a vector that holds no numbers */
export function vectorAsJson(vector: Float32Array): Buffer {
  checkNumbers(vector);
  return Buffer.from(JSON.stringify(Array.from(vector)), "latin1");
}

/** Four bytes a value, the lowest first, on any machine. @throws Error for a vector that holds no numbers */
export function vectorAsFloat32(vector: Float32Array): Buffer {
  checkNumbers(vector);
  const bytes = Buffer.allocUnsafe(4 * vector.length);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

/** What `vectorAsFloat32` has written. */
export function readFloat32(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function checkNumbers(vector: Float32Array): void {
  if (!vector.every(Number.isFinite)) throw new Error("a vector holds a value that is no number");
}
