/** A piece of JSON: vectors are bytes already, so that a thousand of them are only copied at the end. */
export type Piece = string | Buffer;

export function writeArray(items: readonly Piece[][]): Piece[] {
  return ["[", ...items.flatMap((item, i) => (i === 0 ? item : [",", ...item])), "]"];
}

/** What is undefined has no key. */
export function writeObject(members: Readonly<Record<string, Piece[] | undefined>>): Piece[] {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return ["{", ...present.flatMap(([key, value], i) => [`${i === 0 ? "" : ","}"${key}":`, ...value!]), "}"];
}

/** @returns JSON in UTF-8 */
export function joinPieces(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
}
