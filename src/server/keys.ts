import { createHash, timingSafeEqual } from "node:crypto";
import { MedembedError } from "../errors.ts";
import { Caller, type QuotaLedger } from "./caller.ts";
import type { KeySet } from "./key-set.ts";

/** A key as it is compared: digests have one length, whatever the keys have. */
interface KnownKey {
  readonly digest: Buffer;
  /** Undefined: it is the admin's. */
  readonly caller: Caller | undefined;
}

/** The keys that open the endpoint, each valid at any time. Without any to score with it is open: for loopback only. */
export class Keys {
  readonly #anybody = new Caller(undefined);
  #known: readonly KnownKey[] = [];
  #callers: readonly Caller[] = [];

  readonly #ledger: QuotaLedger | undefined;

  /** @param ledger counts the calls of all servers with these keys */
  constructor(keys: KeySet, ledger?: QuotaLedger) {
    this.#ledger = ledger;
    this.replace(keys);
  }

  /** Everybody with a key to score with. */
  get callers(): readonly Caller[] {
    return this.#callers;
  }

  /** Other keys from now on. Who keeps a name keeps what is used of the quota. */
  replace({ scoring, admin }: KeySet): void {
    const before = new Map(this.callers.map((caller) => [caller.name, caller]));
    const known = scoring.map(({ name, key, ...quota }) => {
      const caller = before.get(name) ?? new Caller(name, {}, { ledger: this.#ledger });
      caller.change(quota);
      return { digest: digest(key), caller };
    });
    this.#callers = known.map(({ caller }) => caller);
    this.#known = admin === undefined ? known : [...known, { digest: digest(admin), caller: undefined }];
  }

  /**
   * Who wants to score.
   * @param authorization the request's header
   * @throws MedembedError "unauthorised", "forbidden"
   */
  identify(authorization: string | undefined): Caller {
    if (this.callers.length === 0) return this.#anybody;
    const { caller } = this.#find(authorization);
    if (!caller) throw new MedembedError("forbidden", "this key administers the server and does not score");
    if (caller.hasExpired) throw new MedembedError("unauthorised", "the key has expired");
    return caller;
  }

  /** @param authorization the request's header @throws MedembedError "unauthorised", "forbidden"; "no-route" without an admin key */
  checkAdmin(authorization: string | undefined): void {
    if (this.#known.every(({ caller }) => caller)) {
      throw new MedembedError("no-route", "no admin key is set, so there is nothing under this path");
    }
    if (this.#find(authorization).caller) throw new MedembedError("forbidden", "this key scores only");
  }

  /** For what shows everybody's work. @throws MedembedError "unauthorised", "forbidden" for a key of some deployments only */
  checkUnrestricted(authorization: string | undefined): void {
    if (this.isAdmin(authorization)) return;
    if (!this.identify(authorization).deployments) return;
    throw new MedembedError("forbidden", "this key is good for some deployments only");
  }

  /** Whether it is the admin's key. */
  isAdmin(authorization: string | undefined): boolean {
    const match = this.#match(authorization);
    return match !== undefined && match.caller === undefined;
  }

  #find(authorization: string | undefined): KnownKey {
    const match = this.#match(authorization);
    if (match) return match;
    const isGiven = keyIn(authorization) !== undefined;
    const reason = isGiven ? "the key is not valid" : "the header Authorization: Bearer KEY is needed";
    throw new MedembedError("unauthorised", reason);
  }

  #match(authorization: string | undefined): KnownKey | undefined {
    const given = keyIn(authorization);
    if (given === undefined) return undefined;
    // Every key is compared in full, so that the time tells nothing about a key.
    const found = digest(given);
    return this.#known.filter(({ digest }) => timingSafeEqual(digest, found))[0];
  }
}

function keyIn(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
