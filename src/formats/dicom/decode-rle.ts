import { MedembedError } from "../../errors.ts";

/** PS3.5 annex G.5: a count and fifteen offsets. */
const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;
/** PS3.5 G.3.1: two bytes become 128 at most. */
const MAX_GROWTH = 64;

interface RleFrame {
  readonly pixels: number;
  readonly samples: number;
  readonly sampleBytes: number;
}

/**
 * Decodes one frame of RLE Lossless.
 * @returns samples colour by colour, each sample little endian: uint8 [samples, pixels, sampleBytes]
 * @throws MedembedError "corrupt-image"
 */
export function decodeRle(bytes: Uint8Array, { pixels, samples, sampleBytes }: RleFrame): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const needed = samples * sampleBytes;
  if (bytes.length < HEADER_BYTES) throw corrupt(`${bytes.length} bytes, its header takes ${HEADER_BYTES}`);
  const segments = view.getUint32(0, true);
  if (segments !== needed || segments > MAX_SEGMENTS) throw corrupt(`${segments} segments, ${needed} are needed`);
  const frameBytes = pixels * needed;
  if (frameBytes > bytes.length * MAX_GROWTH) {
    throw corrupt(`${bytes.length} bytes, which cannot hold the ${frameBytes} of a frame`);
  }
  const decoded = new Uint8Array(frameBytes);
  const offsets = Array.from({ length: segments }, (_, i) => view.getUint32(4 + i * 4, true));
  for (const [segment, offset] of offsets.entries()) {
    const end = segment + 1 < segments ? offsets[segment + 1] : bytes.length;
    if (offset < HEADER_BYTES || end > bytes.length || end < offset) throw corrupt("offsets that lead out of it");
    // G.2: of each sample the most significant byte comes first.
    const sample = Math.floor(segment / sampleBytes);
    const start = sample * pixels * sampleBytes + (sampleBytes - 1 - (segment % sampleBytes));
    decodeSegment(bytes.subarray(offset, end), decoded, start, sampleBytes, pixels);
  }
  return decoded;
}

/** G.3.2. What follows the last pixel is padding. */
function decodeSegment(packed: Uint8Array, decoded: Uint8Array, start: number, step: number, count: number): void {
  const end = start + count * step;
  let at = start;
  let from = 0;
  while (at < end && from < packed.length) {
    const control = packed[from++];
    if (control === 128) continue;
    if (control < 128) {
      if (from + control >= packed.length && packed.length - from < control + 1) break;
      for (let i = 0; i <= control && at < end; i++, at += step) decoded[at] = packed[from + i];
      from += control + 1;
    } else {
      if (from >= packed.length) break;
      const value = packed[from++];
      for (let i = 0; i <= 256 - control && at < end; i++, at += step) decoded[at] = value;
    }
  }
  if (at < end) throw corrupt(`${(at - start) / step} values in a segment, ${count} are needed`);
}

function corrupt(found: string): MedembedError {
  return new MedembedError("corrupt-image", `the RLE frame has ${found}`);
}
