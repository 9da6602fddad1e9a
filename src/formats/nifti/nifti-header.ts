import { MedembedError } from "../../errors.ts";

/** What both versions of the header say, for a file that holds header and voxels in one. */
export interface NiftiHeader {
  readonly isLittleEndian: boolean;
  /** Sizes of all dimensions in use, one to seven; each at least 1. */
  readonly dims: readonly number[];
  readonly datatype: number;
  /** Where the voxels begin, in bytes. */
  readonly voxelOffset: number;
  /** What a stored value measures: slope and intercept; without a usable slope [1, 0]. */
  readonly scale: readonly [slope: number, intercept: number];
  /** pixdim: qfac, then the sizes of a voxel in the file's unit. */
  readonly pixelSizes: readonly number[];
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d of a unit quaternion, then the offsets of x, y, z. */
  readonly quaternion: readonly number[];
  readonly offsets: readonly number[];
  /** The rows of the sform, twelve numbers. */
  readonly sform: readonly number[];
  /** How many millimetres the file's unit is. */
  readonly unitMm: number;
  /** cal_min and cal_max: what to show black and white, where the second is the larger one. */
  readonly shown: readonly [low: number, high: number];
}

/** An int64 beyond what a number holds exactly is rounded, and refused where a safe integer is needed. */
const SCALARS = {
  int16: { bytes: 2, read: (view, at, isLittleEndian) => view.getInt16(at, isLittleEndian) },
  int32: { bytes: 4, read: (view, at, isLittleEndian) => view.getInt32(at, isLittleEndian) },
  int64: { bytes: 8, read: (view, at, isLittleEndian) => Number(view.getBigInt64(at, isLittleEndian)) },
  float32: { bytes: 4, read: (view, at, isLittleEndian) => view.getFloat32(at, isLittleEndian) },
  float64: { bytes: 8, read: (view, at, isLittleEndian) => view.getFloat64(at, isLittleEndian) },
} as const satisfies Record<
  string,
  { bytes: number; read: (view: DataView, at: number, isLittleEndian: boolean) => number }
>;
type Scalar = keyof typeof SCALARS;

/** Where the fields stand: nifti1.h, nifti2.h (https://nifti.nimh.nih.gov). */
interface Layout {
  readonly bytes: number;
  readonly magic: { readonly at: number; readonly one: RegExp; readonly pair: RegExp };
  /** The voxels of a file with all in one begin behind the header and four bytes that announce extensions. */
  readonly lowestOffset: number;
  readonly size: Scalar;
  readonly formCode: Scalar;
  readonly real: Scalar;
  readonly voxelOffset: Scalar;
  readonly at: Readonly<
    Record<
      | "dims"
      | "datatype"
      | "pixelSizes"
      | "voxelOffset"
      | "slope"
      | "intercept"
      | "units"
      | "high"
      | "low"
      | "qform"
      | "sform"
      | "quaternion"
      | "offsets"
      | "rows",
      number
    >
  >;
}

const LAYOUTS: readonly Layout[] = [
  {
    bytes: 348,
    magic: { at: 344, one: /^n\+1\0$/, pair: /^ni1\0$/ },
    lowestOffset: 352,
    size: "int16",
    formCode: "int16",
    real: "float32",
    voxelOffset: "float32",
    at: {
      dims: 40,
      datatype: 70,
      pixelSizes: 76,
      voxelOffset: 108,
      slope: 112,
      intercept: 116,
      units: 123,
      high: 124,
      low: 128,
      qform: 252,
      sform: 254,
      quaternion: 256,
      offsets: 268,
      rows: 280,
    },
  },
  {
    bytes: 540,
    magic: { at: 4, one: /^n\+2\0$/, pair: /^ni2\0$/ },
    lowestOffset: 544,
    size: "int64",
    formCode: "int32",
    real: "float64",
    voxelOffset: "int64",
    at: {
      dims: 16,
      datatype: 12,
      pixelSizes: 104,
      voxelOffset: 168,
      slope: 176,
      intercept: 184,
      units: 500,
      high: 192,
      low: 200,
      qform: 344,
      sform: 348,
      quaternion: 352,
      offsets: 376,
      rows: 400,
    },
  },
];

/** The low three bits of xyzt_units: metres, millimetres, micrometres; files that do not say mean millimetres. */
const UNIT_MM = [1, 1000, 1, 0.001];

const MAX_DIMENSIONS = 7;
/** Extensions stand before the voxels: the largest in use, XML of surfaces, take some megabytes. */
const MAX_VOXEL_OFFSET = 2 ** 26;
/** As much as a header takes. */
export const NIFTI_HEADER_BYTES = 540;

/** Whether a file is NIfTI by its beginning, not compressed; 348 bytes of it are enough. */
export function isNifti(beginning: Uint8Array): boolean {
  return findLayout(beginning) !== undefined;
}

/**
 * @param bytes the beginning of a file, `NIFTI_HEADER_BYTES` or all there is
 * @throws MedembedError "unsupported-image" for what is no NIfTI file, or a pair of files; "corrupt-image"
 */
export function parseNiftiHeader(bytes: Uint8Array): NiftiHeader {
  const found = findLayout(bytes);
  if (!found) throw new MedembedError("unsupported-image", "the bytes are no NIfTI file");
  const { layout, isLittleEndian } = found;
  const { magic, at } = layout;
  if (bytes.length < layout.bytes) throw corrupt(`${bytes.length} bytes, its header alone has ${layout.bytes}`);
  if (magic.pair.test(latin1(bytes, magic.at))) {
    throw new MedembedError("unsupported-image", "the NIfTI file is a header alone, with its voxels in an .img file");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (kind: Scalar, start: number, count = 1) =>
    Array.from({ length: count }, (_, i) => SCALARS[kind].read(view, start + i * SCALARS[kind].bytes, isLittleEndian));
  const [count, ...sizes] = read(layout.size, at.dims, 1 + MAX_DIMENSIONS);
  const [voxelOffset] = read(layout.voxelOffset, at.voxelOffset);
  if (!Number.isInteger(voxelOffset) || voxelOffset < layout.lowestOffset || voxelOffset > MAX_VOXEL_OFFSET) {
    throw corrupt(`voxels at byte ${voxelOffset}, they can begin from ${layout.lowestOffset} to ${MAX_VOXEL_OFFSET}`);
  }
  const [slope, intercept] = [...read(layout.real, at.slope), ...read(layout.real, at.intercept)];
  const [low, high] = [...read(layout.real, at.low), ...read(layout.real, at.high)];
  return {
    isLittleEndian,
    dims: checkDims(count, sizes),
    datatype: read("int16", at.datatype)[0],
    voxelOffset,
    scale: checkScale(slope, intercept),
    pixelSizes: read(layout.real, at.pixelSizes, 4),
    qformCode: read(layout.formCode, at.qform)[0],
    sformCode: read(layout.formCode, at.sform)[0],
    quaternion: read(layout.real, at.quaternion, 3),
    offsets: read(layout.real, at.offsets, 3),
    sform: read(layout.real, at.rows, 12),
    unitMm: UNIT_MM[bytes[at.units] & 7] ?? 1,
    shown: [low, high],
  };
}

/** By the header's own length, which stands first and gives away the order of bytes, and by the magic. */
function findLayout(bytes: Uint8Array): { layout: Layout; isLittleEndian: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const layout of LAYOUTS) {
    const magic = latin1(bytes, layout.magic.at);
    if (!layout.magic.one.test(magic) && !layout.magic.pair.test(magic)) continue;
    if (view.getInt32(0, true) === layout.bytes) return { layout, isLittleEndian: true };
    if (view.getInt32(0, false) === layout.bytes) return { layout, isLittleEndian: false };
  }
  return undefined;
}

function checkDims(count: number, sizes: readonly number[]): number[] {
  if (count < 1 || count > MAX_DIMENSIONS) throw corrupt(`${count} dimensions`);
  const dims = sizes.slice(0, count);
  const wrong = dims.find((size) => size < 1 || !Number.isSafeInteger(size));
  if (wrong !== undefined) throw corrupt(`a dimension of ${wrong} voxels`);
  return dims;
}

/** nifti1.h: a slope of 0 means that nothing is scaled; what is no number is written by some to say the same. */
function checkScale(slope: number, intercept: number): [number, number] {
  if (slope === 0 || !Number.isFinite(slope)) return [1, 0];
  if (!Number.isFinite(intercept)) throw corrupt("an intercept that is no number");
  return [slope, intercept];
}

function latin1(bytes: Uint8Array, start: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + 4));
}

function corrupt(found: string): MedembedError {
  return new MedembedError("corrupt-image", `the NIfTI file has ${found}`);
}
