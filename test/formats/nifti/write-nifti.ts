/** Writes small NIfTI files, right in all that the tests do not make wrong on purpose. */
import { gzipSync } from "node:zlib";

export const DATATYPE = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
} as const;

type Kind = keyof typeof DATATYPE;

const WRITE: Readonly<
  Record<Kind, [bytes: number, write: (to: DataView, at: number, x: number, le: boolean) => void]>
> = {
  uint8: [1, (to, at, x) => to.setUint8(at, x)],
  int8: [1, (to, at, x) => to.setInt8(at, x)],
  int16: [2, (to, at, x, le) => to.setInt16(at, x, le)],
  uint16: [2, (to, at, x, le) => to.setUint16(at, x, le)],
  int32: [4, (to, at, x, le) => to.setInt32(at, x, le)],
  uint32: [4, (to, at, x, le) => to.setUint32(at, x, le)],
  float32: [4, (to, at, x, le) => to.setFloat32(at, x, le)],
  float64: [8, (to, at, x, le) => to.setFloat64(at, x, le)],
  int64: [8, (to, at, x, le) => to.setBigInt64(at, BigInt(x), le)],
  uint64: [8, (to, at, x, le) => to.setBigUint64(at, BigInt(x), le)],
};

export interface NiftiOptions {
  readonly kind?: Kind;
  readonly version?: 1 | 2;
  readonly isBigEndian?: boolean;
  readonly isPacked?: boolean;
  readonly dims?: readonly number[];
  readonly scale?: readonly [slope: number, intercept: number];
  /** Three rows of four; without, the file says nothing about how it lies. */
  readonly sform?: readonly (readonly number[])[];
  readonly qform?: {
    readonly quaternion: readonly number[];
    readonly offsets: readonly number[];
    readonly factor: 1 | -1;
  };
  readonly pixelSizes?: readonly number[];
  readonly units?: number;
  readonly shown?: readonly [low: number, high: number];
  /** Bytes between the header and the voxels. */
  readonly extension?: number;
  /** The datatype that the header claims. */
  readonly claimed?: number;
}

/** By default a volume int16 of 2x3x2 voxels. @param values i fastest */
export function writeNifti(values: readonly number[], options: NiftiOptions = {}): Uint8Array {
  const { kind = "int16", version = 1, isBigEndian = false, isPacked = false, dims = [2, 3, 2] } = options;
  const { scale = [0, 0], sform, qform, pixelSizes = [1, 1, 1], units = 2, shown = [0, 0], extension = 0 } = options;
  const le = !isBigEndian;
  const [bytes, write] = WRITE[kind];
  const first = version === 1;
  const offset = (first ? 352 : 544) + extension;
  const file = new DataView(new ArrayBuffer(offset + values.length * bytes));
  const put = (type: Kind, at: number, numbers: readonly number[]) => {
    for (const [i, number] of numbers.entries()) WRITE[type][1](file, at + i * WRITE[type][0], number, le);
  };
  const real = first ? "float32" : "float64";
  const code = first ? "int16" : "int32";
  put("int32", 0, [first ? 348 : 540]);
  put("uint8", first ? 344 : 4, first ? [...Buffer.from("n+1\0")] : [...Buffer.from("n+2\0\r\n\x1a\n", "latin1")]);
  put(first ? "int16" : "int64", first ? 40 : 16, [dims.length, ...dims]);
  put("int16", first ? 70 : 12, [options.claimed ?? DATATYPE[kind]]);
  put(real, first ? 76 : 104, [qform?.factor ?? 1, ...pixelSizes]);
  put(first ? "float32" : "int64", first ? 108 : 168, [offset]);
  put(real, first ? 112 : 176, scale);
  put(real, first ? 124 : 192, [shown[1], shown[0]]);
  put(first ? "uint8" : "int32", first ? 123 : 500, [units]);
  put(code, first ? 252 : 344, [qform ? 1 : 0, sform ? 1 : 0]);
  if (qform) put(real, first ? 256 : 352, [...qform.quaternion, ...qform.offsets]);
  if (sform) put(real, first ? 280 : 400, sform.flat());
  for (const [i, value] of values.entries()) write(file, offset + i * bytes, value, le);
  const written = new Uint8Array(file.buffer);
  return isPacked ? new Uint8Array(gzipSync(written)) : written;
}
