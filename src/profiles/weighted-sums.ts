/**
 * Two WebAssembly functions of some fifty instructions, assembled here: the inner loops of the resize, four samples at
 * a time. JavaScript itself has no SIMD.
 */
import { WEIGHT_BITS } from "./bicubic-windows.ts";

/** The part of WebAssembly that is used here; TypeScript declares it only along with the browser. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
  function validate(bytes: Uint8Array): boolean;
}

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
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

/** Assembles the kernel with a memory of its own; undefined where the machine has no SIMD, or a web page may compile nothing. */
export function createWeightedSums(): WeightedSumsKernel | undefined {
  const bytes = assemble();
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as WeightedSumsKernel;
  } catch {
    return undefined; // its content security policy lacks "wasm-unsafe-eval"
  }
}

type Code = readonly number[];

/** The binary format of the WebAssembly core specification 2.0, chapter 5. */
function assemble(): Uint8Array {
  const [I32, V128, FUNCTION, NO_RESULT] = [0x7f, 0x7b, 0x60, 0x40];
  const [SOURCE, TARGET, ENTRY, COUNT, SOURCE_STEP, TARGET_STEP, ENTRY_STEP, SAMPLE_STEP] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [SAMPLE, WEIGHT, END, SUM] = [8, 9, 10, 11];

  const get = (local: number): Code => [0x20, local];
  const set = (local: number, value: Code): Code => [...value, 0x21, local];
  const constant = (value: number): Code => [0x41, ...leb(value)];
  const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
  const isLess = (a: Code, b: Code): Code => [...a, ...b, 0x49];
  const load = (address: Code, offset: number): Code => [...address, 0x28, 2, offset];
  const advance = (local: number, step: Code): Code => set(local, add(get(local), step));
  const doWhile = (body: readonly Code[], condition: Code): Code => [
    0x03,
    NO_RESULT,
    ...body.flat(),
    ...condition,
    0x0d,
    0,
    0x0b,
  ];

  const simd = (operation: number, ...operands: readonly number[]): Code => [0xfd, ...leb(operation), ...operands];
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

  const half = constant(1 << (WEIGHT_BITS - 1));
  const sums = ({ isOne }: { isOne: boolean }): Code => [
    ...doWhile(
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
    ),
    0x0b,
  ];

  const sized = (content: Code): Code => [...leb(content.length), ...content];
  const locals = [2, 3, I32, 1, V128];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [1, FUNCTION, 8, ...Array<number>(8).fill(I32), 0]),
    ...section(3, [2, 0, 0]), // two functions of that type
    ...section(5, [1, 0, 1]), // one memory, of one page
    ...section(7, [3, ...text("fourSums"), 0, 0, ...text("oneSum"), 0, 1, ...text("memory"), 2, 0]),
    ...section(10, [2, ...[false, true].flatMap((isOne) => sized([...locals, ...sums({ isOne })]))]),
  );
}

/** A number as LEB128; where it is not negative, the signed form reads the same as the unsigned one. */
function leb(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...leb(rest)];
}

function text(name: string): Code {
  return [name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))];
}
