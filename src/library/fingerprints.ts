import { hash } from "node:crypto";

/** Digits of SHA-256 in base64, 132 bits: no two texts of any library share them, so that no file is taken for another. */
const FINGERPRINT_LENGTH = 22;

/** Remembers texts of any length in a few dozen bytes each. */
export class Fingerprints {
  readonly #known = new Set<string>();

  add(text: string): void {
    this.#known.add(fingerprint(text));
  }

  has(text: string): boolean {
    return this.#known.has(fingerprint(text));
  }
}

function fingerprint(text: string): string {
  return hash("sha256", text, "base64").slice(0, FINGERPRINT_LENGTH);
}
