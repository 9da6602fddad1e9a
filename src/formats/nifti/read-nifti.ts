import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { MedembedError } from "../../errors.ts";
import { type Finding, MAX_VOLUME_BYTES, type Shape, type SharedValues, type Volume } from "../volume/volume.ts";
import { ByteStream } from "./byte-stream.ts";
import { niftiAffine } from "./nifti-affine.ts";
import { isNifti, NIFTI_HEADER_BYTES, type NiftiHeader, parseNiftiHeader } from "./nifti-header.ts";

/** nifti1.h: the datatypes that are read. Integers of 64 bits become floats of 64, exact up to 2^53. */
const DATATYPES: Readonly<Record<number, Datatype>> = {
  2: { bytes: 1, kind: Uint8Array, isSigned: false },
  4: { bytes: 2, kind: Int16Array, isSigned: true },
  8: { bytes: 4, kind: Int32Array, isSigned: true },
  16: { bytes: 4, kind: Float32Array, isSigned: false },
  64: { bytes: 8, kind: Float64Array, isSigned: false },
  256: { bytes: 1, kind: Int8Array, isSigned: true },
  512: { bytes: 2, kind: Uint16Array, isSigned: false },
  768: { bytes: 4, kind: Uint32Array, isSigned: false },
  1024: { bytes: 8, kind: Float64Array, isSigned: false, from: BigInt64Array },
  1280: { bytes: 8, kind: Float64Array, isSigned: false, from: BigUint64Array },
};

interface Datatype {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly kind: new (buffer: SharedArrayBuffer) => SharedValues;
  readonly isSigned: boolean;
  readonly from?: new (buffer: SharedArrayBuffer) => BigInt64Array | BigUint64Array;
}

const GZIP_MAGIC = [0x1f, 0x8b];
/** Deflate's own bound: a block of 258 equal bytes takes two bits. What claims to hold more is forged. */
const MAX_EXPANSION = 1032;
/** Larger than zlib's 16 KiB: each piece is a turn of the event loop. */
const PIECE_BYTES = 2 ** 18;
const BITS_A_BYTE = 8;

/** A file as it lies on the disk or in memory. */
export interface ByteSource {
  readonly size: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Whether a file can be a volume, by its beginning (348 bytes): NIfTI, plain or in gzip. */
export function isVolumeFile(beginning: Uint8Array): boolean {
  return isGzip(beginning) || isNifti(beginning);
}

/**
 * Reads a NIfTI file (.nii or .nii.gz, version 1 or 2, either order of bytes) of numbers: one volume of it, and nothing
 * behind that. The format has no unit for values; whoever shows them in Hounsfield units says that they are.
 * @param volume of a 4D file, from 1
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function readNifti(source: ByteSource, volume = 1): Promise<Volume> {
  const packed = new ByteStream(source.pieces);
  let plain = packed;
  try {
    const beginning = await packed.read(NIFTI_HEADER_BYTES);
    const isPacked = isGzip(beginning);
    if (isPacked) plain = new ByteStream(gunzip(beginning, packed));
    const headerBytes = isPacked ? await plain.read(NIFTI_HEADER_BYTES) : beginning;
    const header = parseNiftiHeader(headerBytes);
    const plan = planReading(header, volume);
    const most = isPacked ? source.size * MAX_EXPANSION : source.size;
    if (plan.end > most) {
      throw new MedembedError(
        "corrupt-image",
        `the NIfTI file ends before its voxels do: ${plan.end} bytes are needed, it can have ${most}`,
      );
    }
    const buffer = new SharedArrayBuffer(plan.length);
    const target = new Uint8Array(buffer);
    const read = headerBytes.subarray(plan.start); // of tiny files, all lies there
    target.set(read.subarray(0, plan.length));
    if (plan.start > headerBytes.length) await plain.skip(plan.start - headerBytes.length);
    await plain.fill(target.subarray(read.length));
    return describe(header, plan, toValues(buffer, header, plan.datatype));
  } finally {
    await plain.close();
    await packed.close();
  }
}

interface Plan {
  readonly datatype: Datatype;
  readonly shape: Shape;
  readonly volumes: number;
  readonly volume: number;
  /** In bytes, from the beginning of the unpacked file. */
  readonly start: number;
  readonly length: number;
  readonly end: number;
}

/** Which bytes to read, judged before anything is reserved. */
function planReading({ dims, datatype: code, voxelOffset }: NiftiHeader, volume: number): Plan {
  const datatype = DATATYPES[code];
  if (!datatype) {
    throw new MedembedError(
      "unsupported-image",
      `the NIfTI file has datatype ${code}; read are integers of 8 to 64 bits and floats of 32 and 64`,
    );
  }
  const [i, j = 1, k = 1, volumes = 1, ...components] = dims;
  if (components.some((size) => size > 1)) {
    throw new MedembedError("unsupported-image", "the NIfTI file has several values a voxel, such as vectors");
  }
  if (volume > volumes) {
    throw new MedembedError("unsupported-image", `volume ${volume} is asked for, the NIfTI file has ${volumes}`);
  }
  const length = i * j * k * datatype.bytes;
  if (length > MAX_VOLUME_BYTES) {
    throw new MedembedError("image-too-large", `the volume has ${length} bytes, at most ${MAX_VOLUME_BYTES} are read`);
  }
  const start = voxelOffset + (volume - 1) * length;
  return { datatype, shape: [i, j, k], volumes, volume, start, length, end: start + length };
}

function isGzip(beginning: Uint8Array): boolean {
  return GZIP_MAGIC.every((byte, i) => beginning[i] === byte);
}

/** @throws MedembedError "corrupt-image" */
async function* gunzip(beginning: Uint8Array, rest: ByteStream): AsyncGenerator<Uint8Array> {
  const gunzipped = createGunzip({ chunkSize: PIECE_BYTES });
  pipeline(Readable.from(pieces(beginning, rest), { objectMode: false }), gunzipped, () => {}); // errors come out below
  try {
    for await (const piece of gunzipped) yield piece as Uint8Array;
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith("Z_")) throw error;
    throw new MedembedError("corrupt-image", "the gzip file breaks off or is damaged");
  }
}

async function* pieces(beginning: Uint8Array, rest: ByteStream): AsyncGenerator<Uint8Array> {
  yield beginning;
  for (let piece = await rest.read(PIECE_BYTES); piece.length > 0; piece = await rest.read(PIECE_BYTES)) yield piece;
}

function toValues(buffer: SharedArrayBuffer, { isLittleEndian }: NiftiHeader, datatype: Datatype): SharedValues {
  if (!isLittleEndian) swapBytes(buffer, datatype.bytes);
  const values = new datatype.kind(buffer);
  if (!datatype.from) return values;
  const integers = new datatype.from(buffer);
  for (let i = 0; i < values.length; i++) values[i] = Number(integers[i]); // in place: each takes the bytes of its own
  return values;
}

function swapBytes(buffer: SharedArrayBuffer, wordBytes: Datatype["bytes"]): void {
  const bytes = Buffer.from(buffer);
  if (wordBytes === 2) bytes.swap16();
  if (wordBytes === 4) bytes.swap32();
  if (wordBytes === 8) bytes.swap64();
}

function describe(header: NiftiHeader, { datatype, shape, volumes, volume }: Plan, voxels: SharedValues): Volume {
  const [slope, intercept] = header.scale;
  const [low, high] = header.shown;
  const affine = niftiAffine(header);
  const findings: Finding[] = [];
  if (!affine) {
    findings.push({ code: "no-orientation", message: "the NIfTI file does not tell how it lies in the patient" });
  }
  if (volumes > 1) {
    findings.push({ code: "more-volumes", message: `volume ${volume} of the ${volumes} that the NIfTI file holds` });
  }
  return {
    shape,
    voxels,
    affine,
    findings,
    isNifti: true,
    bitsStored: datatype.bytes * BITS_A_BYTE,
    isSigned: datatype.isSigned,
    modality: { slope, intercept },
    isHounsfield: true,
    voiTables: [],
    windows:
      high > low && Number.isFinite(high - low)
        ? [{ center: (low + high) / 2, width: high - low, shape: "LINEAR_EXACT" }]
        : [],
    isInverted: false,
    padding: undefined,
  };
}
