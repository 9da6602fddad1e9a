import { readNifti } from "../../../src/formats/nifti/read-nifti.ts";
import type { Volume } from "../../../src/formats/volume/volume.ts";

/** Reads a file that lies in memory, in pieces of some bytes as a disk gives them. */
export function readNiftiBytes(bytes: Uint8Array, volume = 1, pieceBytes = 1_000): Promise<Volume> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  return readNifti({ size: bytes.length, pieces: pieces() }, volume);
}
