/**
 * A WebAssembly function of some forty instructions, assembled here: the dot products of one vector with many, sixteen
 * values at a time. JavaScript itself has no SIMD, and a product of two long vectors is most of what a search does.
 */

/** The part of WebAssembly that is used here; TypeScript declares it only along with the browser. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
}

/** Values of a vector that one turn of the inner loop takes; vectors are filled up with zeros to a multiple of it. */
export const VALUES_A_TURN = 16;
/** Lanes of a SIMD register, each of four bytes. */
const LANES = 4;
const REGISTER_BYTES = 16;
const TURN_REGISTERS = VALUES_A_TURN / LANES;

export interface DotProducts {
  /**
   * For each of `count` vectors from `vectors` on, one behind the other: stores its product with the vector at `query` as
   * float32 from `target` on. All are byte addresses.
   * @param bytes of a vector, a multiple of 64; `count` is 1 or more
   */
  readonly dotProducts: (vectors: number, query: number, target: number, count: number, bytes: number) => void;
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

/** Assembles the function with a memory of its own, which may grow to 4 GiB. */
export function createDotProducts(): DotProducts {
  return new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports as DotProducts;
}

type Code = readonly number[];

/** The binary format of the WebAssembly core specification 2.0, chapter 5. */
function assemble(): Uint8Array {
  const [I32, V128, FUNCTION, NO_RESULT] = [0x7f, 0x7b, 0x60, 0x40];
  const [VECTORS, QUERY, TARGET, COUNT, BYTES] = [0, 1, 2, 3, 4];
  const [AT, END, SUM] = [5, 6, 7]; // and a sum for each register of a turn

  const get = (local: number): Code => [0x20, local];
  const set = (local: number, value: Code): Code => [...value, 0x21, local];
  const constant = (value: number): Code => [0x41, ...leb(value)];
  const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
  const isLess = (a: Code, b: Code): Code => [...a, ...b, 0x49];
  const advance = (local: number, step: number): Code => set(local, add(get(local), constant(step)));
  const addFloats = (a: Code, b: Code): Code => [...a, ...b, 0x92];
  const storeFloat = (address: Code, value: Code): Code => [...address, ...value, 0x38, 2, 0];
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
  const load = (address: Code, offset: number): Code => [...address, ...simd(0x00, 2, offset)];
  const zero: Code = [...constant(0), ...simd(0x11)];
  const addLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)];
  const multiplyLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)];
  const lane = (a: Code, index: number): Code => [...a, ...simd(0x1f, index)];

  const registers = Array.from({ length: TURN_REGISTERS }, (_, i) => ({ sum: SUM + i, offset: REGISTER_BYTES * i }));
  const code: Code = [
    ...doWhile(
      [
        ...registers.map(({ sum }) => set(sum, zero)),
        set(AT, get(QUERY)),
        set(END, add(get(QUERY), get(BYTES))),
        doWhile(
          [
            ...registers.map(({ sum, offset }) =>
              set(sum, addLanes(get(sum), multiplyLanes(load(get(VECTORS), offset), load(get(AT), offset)))),
            ),
            advance(VECTORS, REGISTER_BYTES * TURN_REGISTERS),
            advance(AT, REGISTER_BYTES * TURN_REGISTERS),
          ],
          isLess(get(AT), get(END)),
        ),
        set(SUM, registers.map(({ sum }) => get(sum)).reduce(addLanes)),
        storeFloat(get(TARGET), [0, 1, 2, 3].map((index) => lane(get(SUM), index)).reduce(addFloats)),
        advance(TARGET, 4),
        advance(COUNT, -1),
      ],
      get(COUNT),
    ),
    0x0b,
  ];

  const sized = (content: Code): Code => [...leb(content.length), ...content];
  const locals = [2, 2, I32, TURN_REGISTERS, V128];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [1, FUNCTION, 5, ...Array<number>(5).fill(I32), 0]),
    ...section(3, [1, 0]), // one function of that type
    ...section(5, [1, 0, 1]), // one memory, of one page at first
    ...section(7, [2, ...name("dotProducts"), 0, 0, ...name("memory"), 2, 0]),
    ...section(10, [1, ...sized([...locals, ...code])]),
  );
}

/** A number as LEB128; where it is not negative, the signed form reads the same as the unsigned one. */
function leb(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...leb(rest)];
}

function name(text: string): Code {
  return [text.length, ...Buffer.from(text)];
}
