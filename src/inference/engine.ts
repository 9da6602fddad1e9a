import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Pixels } from "../image.ts";
import type { Bundle, BundleCard } from "../models/bundle.ts";
import type { Tensor } from "../tensor.ts";
import { WorkerPool } from "../worker-pool.ts";

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

/**
 * Below this a picture takes a few milliseconds, and waking threads for each of its hundreds of small products costs more
 * than they save: then several workers compute with one thread each. Weights of the image tower, in bytes.
 */
const SMALL_TOWER_BYTES = 128 * 2 ** 20;

/** Runs the two towers of a bundle in threads of their own. A crash fails only the calls that the crashed thread had. */
export class Engine {
  /** How many batches may run at a time. */
  readonly workers: number;
  readonly #card: BundleCard;
  readonly #pool: WorkerPool<EngineRequest, EngineResponse>;

  /** @param cores how many the engine may keep busy; pictures are prepared beside it */
  static async open({ folder, card }: Bundle, cores: number): Promise<Engine> {
    // The runtime would keep a device id in the home folder and has an address to report to. It reads the environment of the
    // process, which only the main thread can change.
    process.env.ORT_DISABLE_TELEMETRY ??= "1";
    const { size } = await stat(join(folder, "image.onnx.data"));
    const isSmall = size < SMALL_TOWER_BYTES;
    const workers = isSmall ? Math.ceil(cores / 2) : 1; // a small tower keeps no more busy than there are hands to prepare its pictures
    return new Engine(card, workers, { folder, threads: isSmall ? 1 : cores });
  }

  private constructor(card: BundleCard, workers: number, data: EngineData) {
    this.workers = workers;
    this.#card = card;
    this.#pool = new WorkerPool(workers, new URL("./inference-worker.ts", import.meta.url), data);
  }

  /** @returns one unit vector a picture, in order, float32 [projection] each */
  async embedImages(pictures: readonly Pixels[]): Promise<Float32Array[]> {
    const { height, width } = this.#card.image;
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

  /** Ends the threads after the calls in flight. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #run(tower: Tower, inputs: Readonly<Record<string, Tensor>>, count: number): Promise<Float32Array[]> {
    const { vectors } = await this.#pool.call(
      { tower, inputs },
      Object.values(inputs).map(({ data }) => data.buffer as ArrayBuffer),
    );
    const { projection } = this.#card;
    return Array.from({ length: count }, (_, i) => vectors.slice(i * projection, (i + 1) * projection));
  }
}
