import type { Pixels } from "../image.ts";
import type { Bundle } from "../models/bundle.ts";
import type { Tensor } from "../tensor.ts";
import { WorkerThread } from "../worker-thread.ts";

export type Tower = "image" | "text";

/** What the thread is started with. */
export interface EngineData {
  readonly folder: string;
  readonly threads: number;
}

export interface EngineRequest {
  readonly tower: Tower;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

export interface EngineResponse {
  /** float32 [batch, projection] */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly computeMs: number;
}

/** Runs the two towers of a bundle in a thread of their own. Calls wait for each other; a crash fails the calls in flight only. */
export class Engine {
  readonly #bundle: Bundle;
  readonly #thread: WorkerThread<EngineRequest, EngineResponse>;

  constructor(bundle: Bundle, threads: number) {
    this.#bundle = bundle;
    const data: EngineData = { folder: bundle.folder, threads };
    this.#thread = new WorkerThread(new URL("./inference-worker.ts", import.meta.url), data);
  }

  /** @returns one unit vector a picture, in order, float32 [projection] each */
  async embedImages(pictures: readonly Pixels[]): Promise<Float32Array[]> {
    const { height, width } = this.#bundle.card.image;
    const pixels: Tensor<"uint8"> = {
      type: "uint8",
      dims: [pictures.length, height, width, 3],
      data: new Uint8Array(pictures.length * height * width * 3),
    };
    for (const [i, picture] of pictures.entries()) {
      if (picture.width !== width || picture.height !== height) {
        throw new Error(`the model takes ${width}x${height} pixels, not ${picture.width}x${picture.height}`);
      }
      pixels.data.set(picture.data, i * height * width * 3);
    }
    return this.#run("image", { pixels }, pictures.length);
  }

  /**
   * @param texts token ids, all of one length from 2 to the context length
   * @returns one unit vector a text, in order, float32 [projection] each
   */
  async embedTexts(texts: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { length } = texts[0];
    if (texts.some((text) => text.length !== length)) throw new Error("the texts of a batch differ in length");
    const ids: Tensor<"int64"> = {
      type: "int64",
      dims: [texts.length, length],
      data: BigInt64Array.from(texts.flat(), BigInt),
    };
    return this.#run("text", { ids }, texts.length);
  }

  /** Ends the thread after the calls in flight. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  async #run(tower: Tower, inputs: Readonly<Record<string, Tensor>>, count: number): Promise<Float32Array[]> {
    const { vectors } = await this.#thread.call(
      { tower, inputs },
      Object.values(inputs).map(({ data }) => data.buffer as ArrayBuffer),
    );
    const { projection } = this.#bundle.card;
    return Array.from({ length: count }, (_, i) => vectors.slice(i * projection, (i + 1) * projection));
  }
}
