/**
 * Flipped bits, bytes that lie at borders, forged lengths, parts cut off, repeated or moved; half of it in the header.
 * @param from where what may be damaged begins
 * @param own what else this kind of file can suffer, at a place in its bytes
 */
export function damage(
  original: Uint8Array,
  random: () => number,
  from: number,
  own: readonly ((bytes: Uint8Array, at: number) => Uint8Array)[] = [],
): Uint8Array {
  let bytes: Uint8Array = original.slice();
  const below = (limit: number) => Math.floor(random() * limit);
  for (let count = 1 + below(5); count > 0; count--) {
    const at = from + below(Math.max(1, (random() < 0.5 ? Math.min(700, bytes.length) : bytes.length) - from));
    const kind = below(6 + own.length);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    if (kind === 1) bytes[at] = [0, 1, 127, 128, 254, 255][below(6)]!;
    if (kind === 2)
      bytes.set(
        [
          [255, 255, 255, 255],
          [0, 0, 0, 128],
          [255, 255, 0, 0],
          [0, 0, 0, 0],
        ][below(4)]!,
        Math.min(at, bytes.length - 4),
      );
    if (kind === 3 && random() < 0.3) bytes = bytes.slice(0, at);
    if (kind === 4) bytes.copyWithin(at, below(bytes.length), below(bytes.length));
    if (kind === 5) {
      const part = bytes.slice(at, at + below(64));
      bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]));
    }
    if (kind > 5) bytes = own[kind - 6]!(bytes, at);
    if (bytes.length < from + 8) break;
  }
  return bytes;
}
