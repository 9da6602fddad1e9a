/**
 * Two WebAssembly functions of some fifty instructions, assembled here: the inner loops of the resize, four samples at
 * a time. JavaScript itself has no SIMD.
 */
import {
  type AssembledMemory,
  add,
  advance,
  assemble,
  type Code,
  constant,
  doWhile,
  get,
  isLess,
  load,
  set,
  simd,
} from "../assembly.ts";
import { WEIGHT_BITS } from "./bicubic-windows.ts";

/**
 * Does for each of `count` table entries of three int32, {offset, begin, end}: adds up samples from `source + offset` on,
 * times the int32 weights from `begin` to `end`; rounds, shifts and clips the sum to a byte and stores it at `target`.
 * Then each pointer moves on by its own step. All are byte addresses; reads reach 8 bytes from a sample, writes 4.
 */
type WeightedSums = (
  source: number,
  target: number,
  entry: number,
  count: number,
  sourceStep: number,
  targetStep: number,
  entryStep: number,
  sampleStep: number,
) => void;

export interface WeightedSumsKernel {
  /** Four neighbouring sums at once, of samples `sampleStep` apart. */
  readonly fourSums: WeightedSums;
  /** One sum of neighbouring samples, four at once: `sampleStep` is 4 and weights come in fours, filled up with 0. */
  readonly oneSum: WeightedSums;
  readonly memory: AssembledMemory;
}

/** Assembles the kernel with a memory of its own; undefined where the machine has no SIMD. */
export function createWeightedSums(): WeightedSumsKernel | undefined {
  const sums = { parameters: 8, integers: 3, vectors: 1 };
  return assemble([
    { ...sums, name: "fourSums", body: weightedSums({ isOne: false }) },
    { ...sums, name: "oneSum", body: weightedSums({ isOne: true }) },
  ]);
}

const [SOURCE, TARGET, ENTRY, COUNT, SOURCE_STEP, TARGET_STEP, ENTRY_STEP, SAMPLE_STEP] = [0, 1, 2, 3, 4, 5, 6, 7];
const [SAMPLE, WEIGHT, END, SUM] = [8, 9, 10, 11];

function weightedSums({ isOne }: { isOne: boolean }): Code {
  const half = constant(1 << (WEIGHT_BITS - 1));
  return doWhile(
    [
      set(SAMPLE, add(get(SOURCE), load(get(ENTRY), 0))),
      set(WEIGHT, load(get(ENTRY), 4)),
      set(END, load(get(ENTRY), 8)),
      set(SUM, isOne ? inLane0(half) : splat(half)),
      doWhile(
        [
          set(SUM, addLanes(get(SUM), multiplyLanes(loadSamples(get(SAMPLE)), loadWeights(get(WEIGHT), isOne)))),
          advance(SAMPLE, get(SAMPLE_STEP)),
          advance(WEIGHT, constant(isOne ? 16 : 4)),
        ],
        isLess(get(WEIGHT), get(END)),
      ),
      ...(isOne ? [addRotated(2), addRotated(1)] : []),
      set(SUM, shiftLanes(get(SUM), WEIGHT_BITS)),
      set(SUM, clipToInt16(get(SUM))),
      storeLane0(get(TARGET), clipToUint8(get(SUM))),
      advance(SOURCE, get(SOURCE_STEP)),
      advance(TARGET, get(TARGET_STEP)),
      advance(ENTRY, get(ENTRY_STEP)),
      advance(COUNT, constant(-1)),
    ],
    get(COUNT),
  );
}

const loadSamples = (address: Code): Code => [...address, ...simd(0x02, 0, 0), ...simd(0xa9)]; // 8 bytes, 4 kept
const loadWeights = (address: Code, isFour: boolean): Code => [...address, ...simd(isFour ? 0 : 0x09, 2, 0)]; // or one, four times
const splat = (value: Code): Code => [...value, ...simd(0x11)];
const inLane0 = (value: Code): Code => [...splat(constant(0)), ...value, ...simd(0x1c, 0)];
const addLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
const multiplyLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xb5)];
const shiftLanes = (a: Code, bits: number): Code => [...a, ...constant(bits), ...simd(0xac)];
const clipToInt16 = (a: Code): Code => [...a, ...a, ...simd(0x85)];
const clipToUint8 = (a: Code): Code => [...a, ...a, ...simd(0x66)];
const storeLane0 = (address: Code, a: Code): Code => [...address, ...a, ...simd(0x5a, 0, 0, 0)];
const rotateLanes = (a: Code, lanes: number): Code => [
  ...a,
  ...a,
  ...simd(0x0d, ...Array.from({ length: 16 }, (_, byte) => (byte + lanes * 4) % 16)),
];
const addRotated = (lanes: number): Code => set(SUM, addLanes(get(SUM), rotateLanes(get(SUM), lanes)));
