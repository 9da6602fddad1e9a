export { normalSample as normal } from "../../src/applications/random.ts";

/** FNV-1a: a seed out of a name. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
