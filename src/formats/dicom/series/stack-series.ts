import { isDeepStrictEqual } from "node:util";
import { MedembedError } from "../../../errors.ts";
import { type Affine, type Finding, MAX_VOLUME_BYTES, type SharedValues, type Volume } from "../../volume/volume.ts";
import { type MonochromeFrame, toMeasure } from "../monochrome-frame.ts";

/** A series whose slices are evenly apart, as `orderSeries` has put them in order. */
interface EvenSeries<Slice> {
  readonly slices: readonly Slice[];
  readonly grid: Affine;
  readonly findings: readonly Finding[];
}

/** A slice's grays, as stored. */
type Read<Slice> = (slice: Slice) => Promise<MonochromeFrame>;

/**
 * The slices of a series, one upon the other. Stored values stay where all slices mean the same by them; else there are measures, as in
 * positron emission tomography, where each slice has a slope of its own. Windows and VOI tables are those of the middle slice.
 * @throws MedembedError "image-too-large"; "unsupported-image" for slices that do not fit on each other, and what `read` throws
 */
export async function stackSeries<Slice>(series: EvenSeries<Slice>, read: Read<Slice>): Promise<Volume> {
  const first = await read(series.slices[0]);
  const stored = {
    first,
    toValues: (frame: MonochromeFrame) => (meansTheSame(frame, first) ? frame.values : undefined),
  };
  const measured = { first: measure(first), toValues: (frame: MonochromeFrame) => measure(frame).values };
  const volume = (await stack(series, read, stored)) ?? (await stack(series, read, measured));
  if (!volume) throw new Error("measures always fit");
  return volume;
}

interface Stacking {
  /** Says how all are shown. */
  readonly first: MonochromeFrame;
  /** Undefined for values that do not fit to those of the first. */
  readonly toValues: (frame: MonochromeFrame) => MonochromeFrame["values"] | undefined;
}

/** @returns undefined where a slice's values do not fit */
async function stack<Slice>(
  { slices, grid, findings }: EvenSeries<Slice>,
  read: Read<Slice>,
  { first, toValues }: Stacking,
) {
  const { values, width, height, ...display } = first;
  const size = width * height;
  const length = size * slices.length * values.BYTES_PER_ELEMENT;
  if (length > MAX_VOLUME_BYTES) {
    throw new MedembedError("image-too-large", `the volume has ${length} bytes, at most ${MAX_VOLUME_BYTES} are read`);
  }
  const kind = values.constructor as new (buffer: SharedArrayBuffer) => SharedValues;
  const voxels = new kind(new SharedArrayBuffer(length));
  let { isHounsfield, windows, voiTables } = first;
  for (const [k, slice] of slices.entries()) {
    const frame = await read(slice);
    if (frame.width !== width || frame.height !== height || frame.isInverted !== first.isInverted) {
      throw new MedembedError("unsupported-image", "the slices do not fit on each other");
    }
    const fitting = toValues(frame);
    if (!fitting) return undefined;
    voxels.set(fitting, k * size);
    isHounsfield &&= frame.isHounsfield;
    if (k === slices.length >> 1) ({ windows, voiTables } = frame);
  }
  const shape = [width, height, slices.length] as const;
  return { ...display, isHounsfield, windows, voiTables, shape, voxels, affine: grid, findings };
}

/** Whether equal stored values of two slices measure the same. */
function meansTheSame(a: MonochromeFrame, b: MonochromeFrame): boolean {
  const meaning = ({ values, bitsStored, isSigned, modality, padding }: MonochromeFrame) => {
    return { kind: values.constructor, bitsStored, isSigned, modality, padding };
  };
  return isDeepStrictEqual(meaning(a), meaning(b));
}

/** What is measured, as floats; padding is no number. */
function measure(frame: MonochromeFrame): MonochromeFrame {
  const { modality, padding: [low, high] = [1, 0] } = frame;
  const values = Float32Array.from(frame.values, (stored) =>
    stored >= low && stored <= high ? Number.NaN : toMeasure(modality, stored),
  );
  return {
    ...frame,
    values,
    bitsStored: 32,
    isSigned: false,
    modality: { slope: 1, intercept: 0 },
    padding: undefined,
  };
}
