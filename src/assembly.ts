/**
 * A small assembler for WebAssembly: JavaScript itself has no SIMD, and loops of some ten instructions need no compiler.
 * Binary format and instructions: WebAssembly core specification 2.0, chapter 5.
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
  function validate(bytes: Uint8Array): boolean;
}

/** Instructions in the binary format. */
export type Code = readonly number[];

/** One that takes whole numbers of 32 bits, the locals 0, 1, 2 …, and gives nothing. */
export interface AssembledFunction {
  readonly name: string;
  readonly parameters: number;
  /** Further locals behind the parameters: whole numbers first, then vectors of 128 bits. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

/** The linear memory of a module, which may grow by pages of 64 KiB; its buffer is another one then. */
export interface AssembledMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The functions by their names, and `memory`, of one page; undefined where the machine has no SIMD. */
export function assemble<Exports>(functions: readonly AssembledFunction[]): Exports | undefined {
  const [I32, V128, FUNCTION] = [0x7f, 0x7b, 0x60];
  const sized = (content: Code): Code => [...leb(content.length), ...content];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
  const named = (name: string, kind: number, index: number): Code => [
    ...sized(Array.from(name, (letter) => letter.charCodeAt(0))),
    kind,
    index,
  ];
  const bytes = Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, list(functions.map(({ parameters }) => [FUNCTION, ...list(Array(parameters).fill([I32])), 0]))),
    ...section(3, list(functions.map((_, index) => [index]))),
    ...section(5, list([[0, 1]])), // one memory of one page at first
    ...section(7, list([...functions.map(({ name }, index) => named(name, 0, index)), named("memory", 2, 0)])),
    ...section(
      10,
      list(
        functions.map(({ integers, vectors, body }) =>
          sized([
            ...list([
              [...leb(integers), I32],
              [...leb(vectors), V128],
            ]),
            ...body,
            END,
          ]),
        ),
      ),
    ),
  );
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
  } catch {
    return undefined; // a web page whose content security policy lacks "wasm-unsafe-eval"
  }
}

const END = 0x0b;
const NO_RESULT = 0x40;

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const constant = (value: number): Code => [0x41, ...leb(value)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
/** Of numbers without sign. */
export const isLess = (a: Code, b: Code): Code => [...a, ...b, 0x49];
export const load = (address: Code, offset: number): Code => [...address, 0x28, 2, ...leb(offset)];
export const advance = (local: number, step: Code): Code => set(local, add(get(local), step));
/** Does the body once, and again for as long as the condition is not 0. */
export const doWhile = (body: readonly Code[], condition: Code): Code => [
  0x03,
  NO_RESULT,
  ...body.flat(),
  ...condition,
  0x0d,
  0,
  END,
];
/** An instruction of the vector extension, by its number. */
export const simd = (operation: number, ...operands: readonly number[]): Code => [0xfd, ...leb(operation), ...operands];

/** A number as LEB128; where it is not negative, the signed form reads the same as the unsigned one. */
function leb(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...leb(rest)];
}
