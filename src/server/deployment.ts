import { isDeepStrictEqual } from "node:util";
import type { VolumeEmbedder } from "../applications/volumes/embed-volume.ts";
import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import type { BundleCard } from "../models/bundle.ts";
import type { Answering } from "./calls/door.ts";
import { type Classifier, openClassifier } from "./classifier.ts";
import type { DeploymentConfig } from "./config.ts";

/** What an endpoint needs of an `Embedder`. */
export type ServingEmbedder = Pick<Embedder, "card" | "embedImage" | "embedText" | "tokenize" | "close"> &
  VolumeEmbedder;

/** A picture of one pixel and a word: enough to load both towers and every thread on the way. */
export const TEST_IMAGE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC",
  "base64",
);
const TEST_TEXT = "chest";

/** A deployment that serves, for one call. */
export interface Serving extends Answering {
  readonly embedder: ServingEmbedder;
  /** That a call may take at most. */
  readonly timeoutMs: number;
  /** Must follow: a retired deployment closes after its last call. */
  leave(): void;
}

interface LoadOptions {
  /** What the calls get instead, such as a cache: the embedder tests itself and is measured without it. */
  readonly wrap?: (embedder: ServingEmbedder) => ServingEmbedder;
  /** How many images a second it manages, before anyone else uses it. */
  readonly measure?: (embedder: ServingEmbedder) => Promise<number>;
}

/** A named model behind the endpoint. It serves once it is loaded and has embedded something. */
export class Deployment {
  #config: DeploymentConfig;
  #embedder: ServingEmbedder | undefined;
  #classifier: Classifier | undefined;
  #calls = 0;
  #held = 0;
  #refused = 0;
  #peakRate: number | undefined;
  #isStopping = false;
  #onIdle: (() => void) | undefined;

  constructor(config: DeploymentConfig) {
    this.#config = config;
  }

  get config(): DeploymentConfig {
    return this.#config;
  }

  get name(): string {
    return this.config.name;
  }

  get state(): "loading" | "ready" | "stopping" {
    if (this.#isStopping) return "stopping";
    return this.#embedder ? "ready" : "loading";
  }

  /** Of its model, once that is loaded. */
  get card(): BundleCard | undefined {
    return this.#embedder?.card;
  }

  /** What its calls embed with; undefined while it loads or stops. */
  get embedder(): ServingEmbedder | undefined {
    return this.#isStopping ? undefined : this.#embedder;
  }

  /** Of one that answers with labels, once it is loaded. */
  get classifier(): Classifier | undefined {
    return this.#classifier;
  }

  /** Calls in work. */
  get pending(): number {
    return this.#calls;
  }

  /** Images a second that its engine manages at its best, as measured before it served; undefined where nobody measured. */
  get peakRate(): number | undefined {
    return this.#peakRate;
  }

  /** Calls turned away because too many of this deployment were pending. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether a config asks for what is loaded already, so that the rest of it can simply be taken over. */
  servesAs(config: DeploymentConfig): boolean {
    return isDeepStrictEqual(loadedPart(this.#config), loadedPart(config));
  }

  /** Takes over a config that it serves as; calls in work go on as they began. */
  change(config: DeploymentConfig): void {
    this.#config = config;
  }

  /** @throws what the model cannot be opened with; "engine-failed" when it computes nonsense */
  async load(
    open: () => Promise<ServingEmbedder>,
    { wrap = (embedder) => embedder, measure }: LoadOptions = {},
  ): Promise<ServingEmbedder> {
    const embedder = await open();
    try {
      await testItself(embedder);
      this.#classifier = await openClassifier(embedder, this.config);
      this.#peakRate = await measure?.(embedder);
    } catch (error) {
      await embedder.close();
      throw error;
    }
    this.#embedder = wrap(embedder);
    return embedder;
  }

  /** @throws MedembedError "warming-up", "stopping" unless it can serve */
  checkReady(): ServingEmbedder {
    if (this.#isStopping) throw new MedembedError("stopping", "the server is stopping");
    if (!this.#embedder) throw new MedembedError("warming-up", "the model is loading");
    return this.#embedder;
  }

  /** Takes a call in. @throws MedembedError "warming-up", "stopping", "too-many-pending" */
  enter(): Serving {
    const embedder = this.checkReady();
    const { name, maxPending = Number.POSITIVE_INFINITY, timeoutMs, responseForm } = this.config;
    if (this.#calls >= maxPending) {
      this.#refused++;
      throw new MedembedError("too-many-pending", `${this.#calls} requests of this deployment are pending; try again`);
    }
    this.#calls++;
    const leave = () => {
      this.#calls--;
      this.#tellIfIdle();
    };
    return { name, embedder, card: embedder.card, classifier: this.#classifier, responseForm, timeoutMs, leave };
  }

  /** Keeps the model for work that is no call and takes no call's place. @returns with what lets it go @throws MedembedError "warming-up", "stopping" */
  hold(): Pick<Serving, "embedder" | "leave"> {
    const embedder = this.checkReady();
    this.#held++;
    const leave = () => {
      this.#held--;
      this.#tellIfIdle();
    };
    return { embedder, leave };
  }

  /** Takes no more calls; those in work go on. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Stops, waits for the calls in work and ends the threads. */
  async close(): Promise<void> {
    this.stop();
    if (this.#calls + this.#held > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#embedder?.close();
  }

  #tellIfIdle(): void {
    if (this.#calls + this.#held === 0) this.#onIdle?.();
  }
}

/** All but what is looked at anew with each call. */
function loadedPart({ traffic, mirror, maxPending, timeoutMs, responseForm, ...loaded }: DeploymentConfig) {
  return loaded;
}

async function testItself(embedder: ServingEmbedder): Promise<void> {
  for (const vector of [await embedder.embedImage(TEST_IMAGE), await embedder.embedText(TEST_TEXT)]) {
    const squared = vector.reduce((sum, value) => sum + value * value, 0);
    if (!(Math.abs(squared - 1) < 1e-3)) {
      throw new MedembedError("engine-failed", `the self-test gave a vector of squared length ${squared}, needed 1`);
    }
  }
}
