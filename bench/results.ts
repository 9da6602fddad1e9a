import type { Precision } from "../src/models/bundle.ts";
import type { Fidelity } from "../src/models/card.ts";
import type { describeRun } from "./machine.ts";
import type { Macs } from "./macs.ts";
import { type Samples, type Spread, spreadOf } from "./rounds.ts";
import type { Timings } from "./timings.ts";

/** What the products of one item cost. */
export interface ItemMacs {
  readonly image: Macs;
  readonly text: Macs;
}

/** Rates are per second, spreads over the rounds. */
export interface RungResults {
  readonly imagesPerSecond: Spread;
  readonly textsPerSecond: Spread;
  /** The engine alone, by the number of pictures in a batch. */
  readonly inferencePerSecond: Readonly<Record<string, Spread>>;
  /** Cores that it keeps busy, at the fastest of these. */
  readonly inferenceCores: Spread;
  /** On all cores. */
  readonly matmulMacsPerSecond: Spread;
  /** The least time that the model's products need at the measured rates, over the time taken. */
  readonly shareOfMatmulRate: { readonly inference: Spread; readonly images: Spread; readonly texts: Spread };
  /** CPU time of all threads for one picture, end to end. */
  readonly cpuMsAnImage: Spread;
  /** What decode, resize and tensor take of it. */
  readonly preparationShareOfCpu: Spread;
  /** Images per second end to end over those of fp32, round by round. */
  readonly speedOverFp32: Spread;
  readonly coldStartSeconds: Spread;
  readonly peakMemoryBytes: number;
}

/** What `--json` writes. */
export interface Results extends ReturnType<typeof describeRun> {
  readonly model: { readonly name: string; readonly weights: string; readonly profile: string };
  readonly threads: number;
  readonly rounds: number;
  readonly inputs: { readonly pictures: number; readonly texts: number; readonly tokensAText: number };
  /** Per picture and per text; the padding of the windows counts only where it is named, as in published totals. */
  readonly macs: ItemMacs & { readonly imageWithPadding: Macs };
  /** On one thread. */
  readonly stages: { readonly decodePerSecond: Spread; readonly resizePerSecond: Spread };
  readonly emptyNodeSeconds: Spread;
  /** What other processes took of the machine during the rounds, 0 to 1. */
  readonly shareOfOthers: Spread;
  readonly precisions: Readonly<Record<Precision, RungResults>>;
  /** In the shape of a model's card. */
  readonly fidelity: Readonly<Record<string, Fidelity>>;
  readonly unreadablePictures: number;
}

/** The figures of one rung that come from the rounds. */
export function summarizeRung(
  { decode, resize, rungs }: Timings,
  precision: Precision,
  macs: ItemMacs,
): Omit<RungResults, "coldStartSeconds" | "peakMemoryBytes"> {
  const { images, texts, matmul, inference } = rungs[precision];
  const fastest = [...inference.values()].reduce((a, b) => (median(b.wall) < median(a.wall) ? b : a));
  // The products outside the linear layers are float32 on every rung.
  const floor = ({ linear, other }: Macs, round: number) =>
    linear * matmul.wall[round] + other * rungs.fp32.matmul.wall[round];
  const share = (ofMacs: Macs, { wall }: Samples) =>
    spreadOf(wall.map((seconds, round) => floor(ofMacs, round) / seconds));
  return {
    imagesPerSecond: rate(images),
    textsPerSecond: rate(texts),
    inferencePerSecond: Object.fromEntries([...inference].map(([batch, samples]) => [batch, rate(samples)])),
    inferenceCores: spreadOf(fastest.cpu.map((seconds, round) => seconds / fastest.wall[round])),
    matmulMacsPerSecond: rate(matmul),
    shareOfMatmulRate: {
      inference: share(macs.image, fastest),
      images: share(macs.image, images),
      texts: share(macs.text, texts),
    },
    cpuMsAnImage: spreadOf(images.cpu.map((seconds) => seconds * 1e3)),
    preparationShareOfCpu: spreadOf(
      images.cpu.map((seconds, round) => (decode.cpu[round] + resize.cpu[round]) / seconds),
    ),
    speedOverFp32: spreadOf(images.wall.map((seconds, round) => rungs.fp32.images.wall[round] / seconds)),
  };
}

/** Units a second on the wall clock. */
export function rate({ wall }: Samples): Spread {
  return spreadOf(wall.map((seconds) => 1 / seconds));
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}
