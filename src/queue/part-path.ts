import { hash } from "node:crypto";
import { join } from "node:path";
import type { BatchSpec } from "./run-spec.ts";

/** Hexadecimal digits of SHA-256: makers that write to one folder are few. */
const MAKER_LENGTH = 16;

/** Where the parts of a batch lie until they are put together. */
export function partsFolder({ outFolder }: Pick<BatchSpec, "outFolder">): string {
  return join(outFolder, "parts");
}

/** By who makes it and of what: whoever writes a part of this name writes the same, in whichever run. */
export function partPath(spec: Pick<BatchSpec, "outFolder" | "maker">, shard: string): string {
  const maker = hash("sha256", JSON.stringify(spec.maker)).slice(0, MAKER_LENGTH);
  return join(partsFolder(spec), `${maker}-${shard}.jsonl`);
}
