import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Batcher, oldest, type Patience, sameLength } from "./batcher.ts";
import { openBundle } from "./convert/open-bundle.ts";
import { MedembedError } from "./errors.ts";
import type { Pixels } from "./image.ts";
import { Engine } from "./inference/engine.ts";
import type { BundleCard } from "./models/bundle.ts";
import {
  type FileSlice,
  type FileSource,
  type FoundSeries,
  type OpenVolume,
  type PictureRequest,
  Preparation,
  type Series,
  type VolumeSlice,
} from "./preparation/preparation.ts";
import { type ProfileChoice, parseProfile, profileId } from "./profiles/profiles.ts";
import { Tokenizer } from "./text/tokenizer.ts";

/** On the float rung a few pictures a run fill the caches of small models; more gains nothing (bench/results). */
const MAX_IMAGES_A_BATCH = 8;
/** Tokens of a text batch: enough rows to keep the matrix products busy, few enough to bound memory and waiting. */
const MAX_TOKENS_A_BATCH = 1024;
/** Volumes and series in work at a time: while the slices of one are embedded the next is read. */
const VOLUMES_IN_WORK = 2;

export interface EmbedderOptions {
  /** A shipped model's name, or the folder of a checkpoint or of a bundle. Default: medembed-nano. */
  readonly model?: string | undefined;
  /** Default: the fastest whose measured fidelity is good enough. */
  readonly precision?: "auto" | "fp32" | "int8" | undefined;
  /** How pictures become pixels, e.g. "direct", "direct;rendering=ct-lung" or "mi2-service;recipe=toolkit-480". Default: what the model's card names. */
  readonly profile?: string | undefined;
  /** Whether DICOM files are read, or refused like any other file that is no image. Default: allowed. */
  readonly dicom?: "allowed" | "refused" | undefined;
  /** Cores that may be kept busy. Default: all. */
  readonly threads?: number | undefined;
  /** Where bundles are kept. Default: the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Called while a bundle is built, with the share done from 0 to 1. */
  readonly onBuild?: ((done: number) => void) | undefined;
  /** Tells it from others in the process, for those who watch its batches. Default: "". */
  readonly name?: string | undefined;
}

/** How one image is embedded. */
export interface ImageOptions extends Patience {
  /** Another way from picture to pixels than the embedder's own, e.g. "mi2-service;jpegQuality=95". */
  readonly profile?: string | undefined;
}

/**
 * Turns images and texts into unit vectors of one shared space.
 *
 *     bytes ──read──▶ Image ──profile──▶ Pixels ──batch──▶ engine ──▶ vector
 *     volume ──cut──▶ slice ──profile──▶ Pixels ──batch──▶ engine ──▶ vector
 *     text ──tokenizer──▶ ids ───────────batch──▶ engine ──▶ vector
 */
export class Embedder {
  readonly card: BundleCard;
  /** As records name it, e.g. "direct": vectors of different profiles do not compare. */
  readonly profile: string;
  readonly #profile: ProfileChoice;
  readonly #dicom: "allowed" | "refused";
  readonly #preparation: Preparation;
  readonly #tokenizer: Tokenizer;
  readonly #pictures: Batcher<PictureRequest, Pixels>;
  readonly #images: Batcher<Pixels, Float32Array>;
  readonly #texts: Batcher<readonly number[], Float32Array>;
  readonly #volumes: Batcher<() => Promise<unknown>, unknown>;
  readonly #engine: Engine;
  /** Slices of volumes in work are still taken. */
  #isClosed = false;

  /** @throws MedembedError for a model that is missing, broken or does not fit its config */
  static async open(options: EmbedderOptions = {}): Promise<Embedder> {
    if (options.profile !== undefined) parseProfile(options.profile); // a typing error is told before a model is built
    const bundle = await openBundle(options);
    const [vocabulary, merges] = await Promise.all(
      ["vocab.json", "merges.txt"].map((name) => readFile(join(bundle.folder, name), "utf8")),
    );
    const tokenizer = Tokenizer.parse(vocabulary, merges, bundle.card.contextLength);
    const profile = parseProfile(options.profile ?? bundle.card.defaultProfile);
    const cores = options.threads ?? availableParallelism();
    const engine = await Engine.open(bundle, cores);
    return new Embedder(bundle.card, profile, tokenizer, engine, new Preparation(cores), options);
  }

  private constructor(
    card: BundleCard,
    profile: ProfileChoice,
    tokenizer: Tokenizer,
    engine: Engine,
    preparation: Preparation,
    { name: owner = "", dicom = "allowed" }: EmbedderOptions,
  ) {
    this.card = card;
    this.profile = profileId(profile);
    this.#profile = profile;
    this.#dicom = dicom;
    this.#tokenizer = tokenizer;
    this.#engine = engine;
    this.#preparation = preparation;
    // int8 scales its activations over the whole batch: one item a run, so that no vector depends on its neighbours.
    const isAlone = card.precision === "int8";
    this.#pictures = new Batcher<PictureRequest, Pixels>({
      run: async ([request]) => [await preparation.prepare(request)],
      choose: oldest(1),
      concurrency: preparation.workers,
      name: { queue: "pictures", owner },
    });
    this.#images = new Batcher<Pixels, Float32Array>({
      run: (pictures) => engine.embedImages(pictures),
      choose: oldest(isAlone ? 1 : MAX_IMAGES_A_BATCH),
      concurrency: engine.workers,
      name: { queue: "images", owner },
    });
    this.#texts = new Batcher<readonly number[], Float32Array>({
      run: (texts) => engine.embedTexts(texts),
      choose: isAlone ? oldest(1) : sameLength(MAX_TOKENS_A_BATCH),
      concurrency: engine.workers,
      name: { queue: "texts", owner },
    });
    this.#volumes = new Batcher<() => Promise<unknown>, unknown>({
      run: async ([work]) => [await work()],
      choose: oldest(1),
      concurrency: VOLUMES_IN_WORK,
    });
  }

  /**
   * @param bytes a whole image or DICOM file
   * @returns float32 [projection], of length 1
   * @throws MedembedError for bytes that are no readable image, an unknown profile, a caller who left, a deadline that passed
   */
  async embedImage(bytes: Uint8Array, options: ImageOptions = {}): Promise<Float32Array> {
    if (this.#isClosed) throw new MedembedError("closed", "no more work is taken");
    return this.#embedPicture(bytes, options);
  }

  /**
   * @param slice of an open volume, or of a series
   * @returns float32 [projection], of length 1
   * @throws as `embedImage`
   */
  async embedSlice(slice: FileSlice | VolumeSlice, options: ImageOptions = {}): Promise<Float32Array> {
    return this.#embedPicture(slice, options);
  }

  /**
   * Reads a volume into shared memory, off the event loop: up to 1 GiB.
   * @param source a NIfTI file, or a series whose slices are evenly apart
   * @param profile that of its slices: its rendering may look at the whole volume first
   * @throws as `embedImage`
   */
  openVolume(source: FileSource | Series, profile?: string): Promise<OpenVolume> {
    return this.#preparation.openVolume({ source, profile: this.#choose(profile) });
  }

  /**
   * Begins when fewer than two others are at it, so that volumes and rendered slices in memory stay few however many are asked for.
   * @throws MedembedError "cancelled", "deadline-passed", "closed", and what `work` throws
   */
  async inVolumeTurn<Result>(work: () => Promise<Result>, patience: Patience = {}): Promise<Result> {
    return (await this.#volumes.submit(work, patience)) as Result;
  }

  /** Which series DICOM files make, off the event loop: their headers are read, and no pixels. */
  findSeries(paths: readonly string[]): Promise<FoundSeries> {
    return this.#preparation.findSeries({ paths });
  }

  /** @returns float32 [projection], of length 1 */
  async embedText(text: string, patience: Patience = {}): Promise<Float32Array> {
    return this.#texts.submit(this.tokenize(text), patience);
  }

  /** The ids of a text with start and end, at most the context length. */
  tokenize(text: string): number[] {
    return this.#tokenizer.encode(text);
  }

  /** Finishes what was asked for, takes no more, and ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#volumes.close(), this.#texts.close()]);
    await this.#pictures.close();
    await this.#images.close();
    await Promise.all([this.#preparation.close(), this.#engine.close()]);
  }

  async #embedPicture(
    picture: PictureRequest["picture"],
    { profile, ...patience }: ImageOptions,
  ): Promise<Float32Array> {
    const request = { picture, profile: this.#choose(profile), size: this.card.image, dicom: this.#dicom };
    const pixels = await this.#pictures.submit(request, patience);
    return this.#images.submit(pixels, patience);
  }

  #choose(profile: string | undefined): ProfileChoice {
    return profile === undefined ? this.#profile : parseProfile(profile);
  }
}
