import { readFile } from "node:fs/promises";
import type { Embedder } from "../src/embedder.ts";
import { readImage } from "../src/formats/read-image.ts";
import type { Pixels } from "../src/image.ts";
import { inParallel, oneByOne } from "../src/in-parallel.ts";
import type { Engine } from "../src/inference/engine.ts";
import { preparePixels } from "../src/profiles/prepare-pixels.ts";
import { parseProfile } from "../src/profiles/profiles.ts";
import type { Case } from "./rounds.ts";

/** As `medembed embed` has it. */
const INPUTS_IN_WORK = 32;

/** What all the cases work on. */
export interface Inputs {
  /** Picture files. */
  readonly pictures: readonly string[];
  readonly texts: readonly string[];
}

/** Files and texts to vectors, in bulk as the command line does it. */
export function endToEndCases(embedder: Embedder, { pictures, texts }: Inputs): { images: Case; texts: Case } {
  const inBulk = (items: readonly string[], embed: (item: string) => Promise<Float32Array>): Case => ({
    units: items.length,
    run: async () => {
      for await (const _ of inParallel(oneByOne(items), { width: INPUTS_IN_WORK }, embed));
    },
  });
  return {
    images: inBulk(pictures, async (path) => embedder.embedImage(await readFile(path))),
    texts: inBulk(texts, (text) => embedder.embedText(text)),
  };
}

/** The stages before the engine, on one thread and from memory: file to Image, Image to Pixels. */
export async function preparationCases(
  { card, profile }: Embedder,
  { pictures }: Inputs,
): Promise<{ decode: Case; resize: Case }> {
  const choice = parseProfile(profile);
  const files = await Promise.all(pictures.map((path) => readFile(path)));
  const images = await Promise.all(files.map(readImage));
  return {
    decode: {
      units: files.length,
      run: async () => {
        for (const bytes of files) await readImage(bytes);
      },
    },
    resize: {
      units: images.length,
      run: async () => {
        for (const image of images) await preparePixels(image, choice, card.image);
      },
    },
  };
}

/** Pixels to vectors through the engine, so many in a batch, all its workers busy. */
export function inferenceCase(engine: Engine, pixels: readonly Pixels[], batch: number): Case {
  const batches = Array.from({ length: Math.floor(pixels.length / batch) }, (_, i) =>
    pixels.slice(i * batch, (i + 1) * batch),
  );
  return {
    units: batches.length * batch,
    run: async () => {
      const compute = (pictures: readonly Pixels[]) => engine.embedImages(pictures);
      for await (const _ of inParallel(oneByOne(batches), { width: engine.workers }, compute));
    },
  };
}

export async function readPixels(paths: readonly string[], { card, profile }: Embedder): Promise<Pixels[]> {
  const choice = parseProfile(profile);
  return Promise.all(
    paths.map(async (path) => preparePixels(await readImage(await readFile(path)), choice, card.image)),
  );
}
