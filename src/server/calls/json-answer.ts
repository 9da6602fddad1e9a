import type { Answer } from "./door.ts";

/** An answer that is small enough to be written at once. */
export function jsonAnswer(answer: object): Answer {
  return { headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(answer)) };
}
