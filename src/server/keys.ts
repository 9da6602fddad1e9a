import { createHash, timingSafeEqual } from "node:crypto";
import { MedembedError } from "../errors.ts";

/** One key as `Authorization: Bearer KEY` carries it: printable, without blanks. */
export const KEY_PATTERN = /^[\x21-\x7e]{1,512}$/;

/** The keys that open the endpoint, each valid at any time. Without any the endpoint is open: for loopback only. */
export class Keys {
  readonly #digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest);
  }

  /**
   * @param authorization the request's header
   * @throws MedembedError "unauthorised"
   */
  check(authorization: string | undefined): void {
    if (this.#digests.length === 0) return;
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
    if (given === undefined) throw new MedembedError("unauthorised", "the header Authorization: Bearer KEY is needed");
    // Digests have one length and every key is compared, so that the time tells nothing about a key.
    const found = digest(given);
    const matches = this.#digests.map((known) => timingSafeEqual(known, found));
    if (!matches.includes(true)) throw new MedembedError("unauthorised", "the key is not valid");
  }
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
