import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Batcher, oldest, type Patience } from "../../batcher.ts";

/** Hashed at once, in well under a millisecond; a burst of a hundred such contents still does not hold the event loop. */
const MAX_INLINE_BYTES = 64 * 2 ** 10;
/** So much of a long content at a time: half a millisecond, on old processors two and a half. */
const PIECE_BYTES = 2 ** 20;

/**
 * SHA-256 of contents. Long ones take turns and are hashed in pieces, with the event loop's other work in between.
 * `crypto.subtle` would hash in a thread, but it copies the bytes first, which holds the event loop as long as hashing.
 */
export class ContentHash {
  readonly #queue = new Batcher<Uint8Array, string>({
    run: async ([bytes]) => [await hashInPieces(bytes)],
    choose: oldest(1),
  });

  /** @returns in hexadecimal @throws MedembedError "cancelled", "deadline-passed" */
  async of(bytes: Uint8Array, { signal, deadline }: Patience): Promise<string> {
    if (bytes.length <= MAX_INLINE_BYTES) return createHash("sha256").update(bytes).digest("hex");
    return this.#queue.submit(bytes, { signal, deadline });
  }
}

async function hashInPieces(bytes: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    hash.update(bytes.subarray(at, at + PIECE_BYTES));
    await setImmediate(); // others' turn
  }
  return hash.digest("hex");
}
