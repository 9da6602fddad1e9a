import { isDeepStrictEqual } from "node:util";
import { splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { MedembedError } from "../../errors.ts";
import type { Identify } from "../../facts.ts";
import { keyedHash, openIdentityKey } from "../../formats/identity-key.ts";
import type { Filter } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import type { StoredVector } from "../../library/record.ts";
import { type LabelChange, relabel } from "../../library/relabel.ts";
import { identitiesOf, type LibraryHead, requireIdentities, requireSpace } from "../../library/vector-space.ts";
import type { VectorSpace } from "../../vector-space.ts";
import { Turns } from "../turns.ts";
import type { LibraryConfig } from "./library-config.ts";

/** Stored at once: while one commit runs, the records of other calls collect for the next. */
const RECORDS_A_COMMIT = 1_000;
/** Commits after which it is seen to that the library does not fall to pieces. */
const COMMITS_A_TIDYING = 16;
/** Searches and the like at a time; what waits behind them is dropped when its caller leaves. */
const WORKS_AT_A_TIME = 4;

interface Opened {
  readonly library: Library;
  readonly key: Uint8Array | undefined;
}

/** What became of a record: it is on the disk now, or one of its id was before. */
export type Storing = "stored" | "known";

/** A named library behind the endpoint. It serves once it is open, and closes after its last call. */
export class ServedLibrary {
  readonly config: LibraryConfig;
  /** Records since the start. */
  readonly counts = { stored: 0, known: 0, removed: 0 };
  readonly #onFault: (error: Error) => void;
  readonly #turns = new Turns();
  readonly #records = new Batcher<StoredVector, Storing>({
    run: (records) => this.#turns.take(() => this.#commit(records)),
    choose: oldest(RECORDS_A_COMMIT),
  });
  readonly #works = new Batcher<() => Promise<unknown>, unknown>({
    run: async ([work]) => [await work()],
    choose: oldest(1),
    concurrency: WORKS_AT_A_TIME,
  });
  #opened: Opened | undefined;
  #commits = 0;
  #tidying: Promise<void> = Promise.resolve();
  #calls = 0;
  #onIdle: (() => void) | undefined;

  /** @param onFault told of what goes wrong where no call is at fault */
  constructor(config: LibraryConfig, onFault: (error: Error) => void) {
    this.config = config;
    this.#onFault = onFault;
  }

  get name(): string {
    return this.config.name;
  }

  get state(): "loading" | "ready" {
    return this.#opened ? "ready" : "loading";
  }

  /** Calls in work. */
  get pending(): number {
    return this.#calls;
  }

  /** What its records have in common. @throws MedembedError "warming-up" */
  get head(): LibraryHead {
    return this.checkReady().library.head;
  }

  /** Under which identities are hashed; undefined where records have none. @throws MedembedError "warming-up" */
  get key(): Uint8Array | undefined {
    return this.checkReady().key;
  }

  /** Whether a config asks for what this one is. */
  servesAs({ place: _, ...config }: LibraryConfig): boolean {
    const { place: __, ...own } = this.config;
    return isDeepStrictEqual(own, config);
  }

  /**
   * Opens it for vectors of this space; one that calls may write to is made where there is none. One that is open is only compared.
   * @throws MedembedError "usage" with the config's line and the reason
   */
  async open(space: VectorSpace): Promise<void> {
    try {
      this.#opened ??= await this.#open(space);
      requireSpace(spaceOfPictures(this.#opened.library.head), space);
    } catch (cause) {
      if (!(cause instanceof MedembedError)) throw cause;
      const { place, name, deployment } = this.config;
      const message = `${place}: libraries.${name} cannot be served by the deployment ${deployment}: ${cause.message}`;
      throw new MedembedError("usage", message, { cause });
    }
  }

  /** @throws MedembedError "warming-up" unless it can serve */
  checkReady(): Opened {
    if (!this.#opened) throw new MedembedError("warming-up", "the library is being opened");
    return this.#opened;
  }

  /** Takes a call in. @returns ends it @throws MedembedError "warming-up" */
  enter(): () => void {
    this.checkReady();
    this.#calls++;
    return () => {
      this.#calls--;
      if (this.#calls === 0) this.#onIdle?.();
    };
  }

  /** The hash of identities. @throws MedembedError "invalid-request" where there is no key */
  identify(): Identify {
    const { key } = this.checkReady();
    if (key) return keyedHash(key);
    throw new MedembedError(
      "invalid-request",
      "this library knows no patients, studies and series: its config names no key to hash them under",
    );
  }

  /** Does something with it, in turn with others. @throws MedembedError "cancelled", and what the work throws */
  async use<Result>(work: (library: Library) => Promise<Result>, patience: Patience): Promise<Result> {
    const { library } = this.checkReady();
    return (await this.#works.submit(() => work(library), patience)) as Result;
  }

  /**
   * Stores a record unless one of its id is there. What is told as stored is on the disk. Should another process store the
   * same id at the same moment, both are told so.
   * @throws MedembedError "cancelled", "write-failed"
   */
  store(record: StoredVector, patience: Patience): Promise<Storing> {
    return this.#records.submit(record, patience);
  }

  /** @returns how many records were removed @throws MedembedError "cancelled", "write-failed" */
  remove(where: Filter, patience: Patience): Promise<number> {
    const work = async (library: Library) => {
      const removed = await this.#turns.take(() => library.remove(where));
      this.counts.removed += removed;
      return removed;
    };
    return this.use(work, patience);
  }

  /** @returns how many records were changed @throws MedembedError "cancelled", "write-failed" */
  relabel(where: Filter, change: LabelChange, patience: Patience): Promise<number> {
    return this.use((library) => this.#turns.take(() => relabel(library, where, change)), patience);
  }

  /** Of a fault that no call is answered with. */
  report(error: Error): void {
    this.#onFault(error);
  }

  /** Waits for the calls in work and closes it. */
  async close(): Promise<void> {
    if (this.#calls > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await Promise.all([this.#records.close(), this.#works.close()]); // what a call has left behind
    await this.#tidying;
    await this.#opened?.library.close();
  }

  async #open(space: VectorSpace): Promise<Opened> {
    const { Library } = await import("../../library/library.ts"); // large: a server without libraries does not need it
    const { uri, isWritable, keyFile } = this.config;
    const key = keyFile === undefined ? undefined : await openIdentityKey(keyFile);
    const head = { ...space, ...(key && { identities: identitiesOf(keyedHash(key)) }) };
    const library = await Library.open({ uri }).catch((error: unknown) => {
      if (!isWritable || !(error instanceof MedembedError) || error.code !== "not-found") throw error;
      return Library.openOrCreate({ uri }, head);
    });
    try {
      requireSpace(spaceOfPictures(library.head), space);
      if (key) requireIdentities(library.head, keyedHash(key));
    } catch (error) {
      await library.close();
      throw error;
    }
    return { library, key };
  }

  async #commit(records: readonly StoredVector[]): Promise<Storing[]> {
    const { library } = this.checkReady();
    const seen = await library.idsAmong(records.map(({ id }) => id));
    const outcomes = records.map(({ id }): Storing => {
      if (seen.has(id)) return "known";
      seen.add(id);
      return "stored";
    });
    await library.insert(records.filter((_, i) => outcomes[i] === "stored"));
    for (const outcome of outcomes) this.counts[outcome]++;
    if (++this.#commits % COMMITS_A_TIDYING === 0) this.#tidy(library);
    return outcomes;
  }

  /** Beside the calls: it may take as long as an index does. */
  #tidy(library: Library): void {
    this.#tidying = this.#tidying.then(() => library.tidy()).catch(this.#onFault);
  }
}

/** Deployments embed pictures, and know nothing of how a library makes vectors of volumes. */
function spaceOfPictures(head: LibraryHead): VectorSpace {
  return { ...head, profile: splitVolumeProfile(head.profile).profile };
}
