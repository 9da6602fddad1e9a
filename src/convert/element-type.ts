type Bytes = Uint8Array<ArrayBuffer>;

interface ElementTypeTraits {
  readonly bytes: number;
  /** Widens or rounds to float32; missing where the elements are no floating-point numbers. */
  readonly toFloat32?: (bytes: Bytes) => Float32Array;
}

/** The element types of stored tensors. All are little-endian, like every machine that onnxruntime runs on. */
const ELEMENT_TYPES = {
  float64: { bytes: 8, toFloat32: (bytes) => new Float32Array(new Float64Array(bytes.buffer)) },
  float32: { bytes: 4, toFloat32: (bytes) => new Float32Array(bytes.buffer) },
  float16: { bytes: 2, toFloat32: widenFloat16 },
  bfloat16: { bytes: 2, toFloat32: widenBfloat16 },
  int64: { bytes: 8 },
  int32: { bytes: 4 },
  int16: { bytes: 2 },
  int8: { bytes: 1 },
  uint64: { bytes: 8 },
  uint32: { bytes: 4 },
  uint16: { bytes: 2 },
  uint8: { bytes: 1 },
  bool: { bytes: 1 },
} as const satisfies Record<string, ElementTypeTraits>;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** How many bytes one element takes, and how it becomes a float32 if it can. */
export function elementTraits(type: ElementType): ElementTypeTraits {
  return ELEMENT_TYPES[type];
}

/** IEEE 754 binary16: the bits of its exponent and fraction, read as a float32, are the value times 2^-112. */
function widenFloat16(bytes: Bytes): Float32Array {
  const halves = new Uint16Array(bytes.buffer);
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const magnitude = halves[i] & 0x7fff;
    bits[i] = magnitude << 13;
    if (magnitude < 0x7c00) values[i] *= 2 ** 112;
    else bits[i] |= 0x7f800000; // infinity or not a number
    bits[i] |= (halves[i] & 0x8000) << 16;
  }
  return values;
}

/** The upper half of a float32. */
function widenBfloat16(bytes: Bytes): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (upper) => upper << 16).buffer);
}
