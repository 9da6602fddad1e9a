import type { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";

/** What an endpoint needs of an `Embedder`. */
export type ServingEmbedder = Pick<Embedder, "card" | "profile" | "embedImage" | "embedText" | "close">;

/** A picture of one pixel and a word: enough to load both towers and every thread on the way. */
const TEST_IMAGE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC",
  "base64",
);
const TEST_TEXT = "chest";

/** A named model behind the endpoint. It serves once it is loaded and has embedded something. */
export class Deployment {
  readonly name: string;
  #embedder: ServingEmbedder | undefined;
  #isStopping = false;

  constructor(name: string) {
    this.name = name;
  }

  /** @throws what the model cannot be opened with; "engine-failed" when it computes nonsense */
  async load(open: () => Promise<ServingEmbedder>): Promise<ServingEmbedder> {
    const embedder = await open();
    try {
      await testItself(embedder);
    } catch (error) {
      await embedder.close();
      throw error;
    }
    this.#embedder = embedder;
    return embedder;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** @throws MedembedError "warming-up", "stopping" */
  readyEmbedder(): ServingEmbedder {
    if (this.#isStopping) throw new MedembedError("stopping", "the server is stopping");
    if (!this.#embedder) throw new MedembedError("warming-up", "the model is loading");
    return this.#embedder;
  }

  /** Takes no more calls; those in work go on. */
  stop(): void {
    this.#isStopping = true;
  }

  async close(): Promise<void> {
    this.stop();
    await this.#embedder?.close();
  }
}

async function testItself(embedder: ServingEmbedder): Promise<void> {
  for (const vector of [await embedder.embedImage(TEST_IMAGE), await embedder.embedText(TEST_TEXT)]) {
    const squared = vector.reduce((sum, value) => sum + value * value, 0);
    if (!(Math.abs(squared - 1) < 1e-3)) {
      throw new MedembedError("engine-failed", `the self-test gave a vector of squared length ${squared}, needed 1`);
    }
  }
}
