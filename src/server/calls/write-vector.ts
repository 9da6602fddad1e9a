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

/** The memory of the vector itself, for a door that goes on computing with it. @throws Error for a vector that holds no numbers */
export function vectorAsMemory(vector: Float32Array): Buffer {
  checkNumbers(vector);
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The vector in whose memory the bytes lie: what `vectorAsMemory` has given. */
export function vectorIn({ buffer, byteOffset, byteLength }: Buffer): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

function checkNumbers(vector: Float32Array): void {
  if (!vector.every(Number.isFinite)) throw new Error("a vector holds a value that is no number");
}
