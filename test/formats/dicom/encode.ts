/** Compressed frames for the tests, by the encoders of dcmjs-codecs; medembed itself has no use for them. */
import dcmjsCodecs from "dcmjs-codecs";

const { Context, NativeCodecs, constants } = dcmjsCodecs;

interface Samples {
  readonly columns: number;
  readonly rows: number;
  readonly bitsStored: number;
  readonly isSigned?: boolean;
  /** Three are red, green and blue, pixel by pixel. */
  readonly samples?: 1 | 3;
  readonly values: readonly number[] | Uint16Array;
}

const ENCODERS = {
  // Twelve bits make it JPEG Extended.
  jpeg: (context) => NativeCodecs.encodeJpeg(context, { lossy: true, quality: 95 }),
  jpegLossless: (context) => NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0 }),
  jpegLs: (context) => NativeCodecs.encodeJpegLs(context, { lossy: false }),
  jpeg2000: (context) => NativeCodecs.encodeJpeg2000(context, { lossy: false }),
  htj2k: (context) => NativeCodecs.encodeHtJpeg2000(context, { lossy: false }),
  rle: (context) => NativeCodecs.encodeRle(context),
} as const satisfies Record<string, (context: InstanceType<typeof Context>) => InstanceType<typeof Context>>;

export async function encode(
  encoder: keyof typeof ENCODERS,
  { columns, rows, bitsStored, isSigned = false, samples = 1, values }: Samples,
): Promise<Uint8Array> {
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const { PixelRepresentation, PlanarConfiguration, PhotometricInterpretation } = constants;
  const bytes = bitsStored > 8 ? new Uint8Array(Uint16Array.from(values).buffer) : Uint8Array.from(values);
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: bitsStored > 8 ? 16 : 8,
    bitsStored,
    samplesPerPixel: samples,
    pixelRepresentation: isSigned ? PixelRepresentation.Signed : PixelRepresentation.Unsigned,
    planarConfiguration: PlanarConfiguration.Interleaved,
    photometricInterpretation: samples === 3 ? PhotometricInterpretation.Rgb : PhotometricInterpretation.Monochrome2,
    decodedBuffer: bytes,
  } as ConstructorParameters<typeof Context>[0]);
  const encoded = ENCODERS[encoder](context).getEncodedBuffer();
  if (!encoded) throw new Error(`${encoder} gives nothing`);
  return encoded.length % 2 === 0 ? encoded : Uint8Array.from([...encoded, 0]);
}

/**
 * A JPEG of 12 bits, which no encoder at hand writes: a row of 8x8 blocks of one gray each. Every block is the difference
 * of its mean to the one before (T.81 F.1.2.1) and the end of the block.
 */
export function flatJpeg12(blocks: readonly number[]): Uint8Array {
  let bits = "";
  let before = 0;
  for (const value of blocks) {
    const mean = (value - 2048) * 8;
    const difference = mean - before;
    before = mean;
    const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    const code = difference < 0 ? difference + 2 ** size - 1 : difference;
    const magnitude = size === 0 ? "" : code.toString(2).padStart(size, "0");
    bits += `${size.toString(2).padStart(5, "0")}${magnitude}0`;
  }
  const scan = (bits.padEnd(Math.ceil(bits.length / 8) * 8, "1").match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 0xff ? [0xff, 0] : [value];
  });
  const segment = (marker: number, body: readonly number[]) => [
    ...[0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255],
    ...body,
  ];
  const codesOfLength = (length: number, count: number) =>
    Array.from({ length: 16 }, (_, i) => (i + 1 === length ? count : 0));
  const width = blocks.length * 8;
  const jpeg = [
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...new Array(64).fill(1)]),
    ...segment(0xc1, [12, 0, 8, width >> 8, width & 255, 1, 1, 0x11, 0]),
    ...segment(0xc4, [0x00, ...codesOfLength(5, 16), ...Array.from({ length: 16 }, (_, i) => i)]),
    ...segment(0xc4, [0x10, ...codesOfLength(1, 1), 0]),
    ...segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    ...scan,
    ...[0xff, 0xd9],
  ];
  return Uint8Array.from(jpeg.length % 2 === 0 ? jpeg : [...jpeg, 0]);
}
