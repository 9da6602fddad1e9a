import type { Embedder } from "../src/embedder.ts";
import type { Engine } from "../src/inference/engine.ts";
import { PRECISIONS, type Precision } from "../src/models/bundle.ts";
import { matmulCase } from "./matmul-rate.ts";
import { type Case, type Effort, measureInRounds, type Samples } from "./rounds.ts";
import { endToEndCases, type Inputs, inferenceCase, preparationCases, readPixels } from "./stages.ts";

/** Pictures in a batch. int8 scales its activations over the whole batch, so the product runs it one by one. */
const BATCHES = { fp32: [1, 8], int8: [1] } as const satisfies Record<Precision, readonly number[]>;

/** A model opened at one precision: the whole path, and the engine for itself. */
export interface Rung {
  readonly embedder: Embedder;
  readonly engine: Engine;
}

export type Rungs = Readonly<Record<Precision, Rung>>;

/** Everything timed in one run of rounds, by precision where it depends on it. */
export interface Timings {
  readonly decode: Samples;
  readonly resize: Samples;
  readonly rungs: Readonly<Record<Precision, RungTimings>>;
  /** What other processes took of the machine meanwhile, one number a round. */
  readonly shareOfOthers: readonly number[];
}

export interface RungTimings {
  readonly matmul: Samples;
  readonly images: Samples;
  readonly texts: Samples;
  /** By the number of pictures in a batch. */
  readonly inference: ReadonlyMap<number, Samples>;
}

export interface TimingOptions {
  readonly effort: Effort;
  /** Of the matrix products that the model is compared with. */
  readonly threads: number;
  /** For temporary files. */
  readonly folder: string;
}

export async function measureTimings(
  rungs: Rungs,
  inputs: Inputs,
  { effort, threads, folder }: TimingOptions,
): Promise<Timings> {
  const pixels = await readPixels(inputs.pictures, rungs.fp32.embedder);
  const { decode, resize } = await preparationCases(rungs.fp32.embedder, inputs);
  const cases: Record<string, Case> = { decode, resize };
  for (const precision of PRECISIONS) {
    const { embedder, engine } = rungs[precision];
    const { images, texts } = endToEndCases(embedder, inputs);
    cases[`${precision} matmul`] = await matmulCase(precision, threads, folder);
    cases[`${precision} images`] = images;
    cases[`${precision} texts`] = texts;
    for (const batch of batchesOf(precision, pixels.length)) {
      cases[`${precision} inference ${batch}`] = inferenceCase(engine, pixels, batch);
    }
  }
  const { samples, shareOfOthers } = await measureInRounds(cases, effort);
  const ofRung = (precision: Precision): RungTimings => ({
    matmul: samples[`${precision} matmul`],
    images: samples[`${precision} images`],
    texts: samples[`${precision} texts`],
    inference: new Map(
      batchesOf(precision, pixels.length).map((batch) => [batch, samples[`${precision} inference ${batch}`]]),
    ),
  });
  return {
    decode: samples.decode,
    resize: samples.resize,
    rungs: { fp32: ofRung("fp32"), int8: ofRung("int8") },
    shareOfOthers,
  };
}

function batchesOf(precision: Precision, pictures: number): number[] {
  return BATCHES[precision].filter((batch) => batch <= pictures);
}
