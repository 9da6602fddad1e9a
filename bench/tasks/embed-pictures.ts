import { type Matrix, stack } from "../../src/applications/matrix.ts";
import { Progress } from "../../src/cli/progress.ts";
import { inParallel } from "../../src/in-parallel.ts";
import type { Encoder } from "./encoder.ts";
import { PERTURBATIONS, type Perturbation } from "./perturbations.ts";
import type { LabelledPicture, PictureSet } from "./picture-set.ts";
import { VectorStore } from "./vector-store.ts";

/** Pictures on their way at a time: enough for full batches on every worker, few enough for flat memory. */
const WIDTH = 32;
/** Vectors between two writes of the store. */
const WRITE_EVERY = 256;

export interface EmbedOptions {
  readonly set: PictureSet;
  /** Of the vector store. */
  readonly folder: string;
  readonly perturbation?: Perturbation | undefined;
}

/** @returns [pictures, dimensions], computed where the store does not have them */
export async function embedPictures(
  encoder: Encoder,
  pictures: readonly LabelledPicture[],
  { set, folder, perturbation }: EmbedOptions,
): Promise<Matrix> {
  const identity = perturbation === undefined ? encoder.identity : [...encoder.identity, perturbation];
  const store = await VectorStore.open(folder, identity, encoder.dimensions);
  const missing = pictures.filter(({ file }) => !store.get(file));
  if (missing.length > 0) {
    console.error(`${encoder.name}: embedding ${missing.length} pictures${perturbation ? `, ${perturbation}` : ""}`);
    await embedInto(store, encoder, missing, async (picture) => {
      const bytes = await set.read(picture);
      return perturbation === undefined ? bytes : PERTURBATIONS[perturbation].change(bytes);
    });
  }
  return stack(
    pictures.map(({ file }) => store.get(file) as Float32Array),
    encoder.dimensions,
  );
}

async function embedInto(
  store: VectorStore,
  encoder: Encoder,
  pictures: readonly LabelledPicture[],
  read: (picture: LabelledPicture) => Promise<Uint8Array>,
): Promise<void> {
  const progress = new Progress("pictures");
  progress.total = pictures.length;
  let waiting: { file: string; vector: Float32Array }[] = [];
  const embedded = inParallel(inTurn(pictures), { width: WIDTH }, async (picture) => ({
    file: picture.file,
    vector: await encoder.embedImage(await read(picture)),
  }));
  for await (const entry of embedded) {
    waiting.push(entry);
    progress.add(1);
    if (waiting.length < WRITE_EVERY) continue;
    await store.add(waiting);
    waiting = [];
  }
  await store.add(waiting);
  progress.end();
}

async function* inTurn<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
