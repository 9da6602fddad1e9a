import { corrupt, quote } from "./corrupt-checkpoint.ts";

/** The published model's pickle has 90 kB for 601 tensors; whoever reads pickles out of a file reads no more than this. */
export const MAX_PICKLE_BYTES = 4 * 2 ** 20;
/** One byte can ask for a dict that takes 200; a stored tensor takes 8 containers. Keeps a forged pickle below 100 MB. */
const MAX_CONTAINERS = 2 ** 18;

/** What a pickle may reach outside of itself. */
interface PickleWorld {
  /** By "module name". A function can be called, with the arguments that stand in the pickle; other values only be named. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** Gives the object that is stored outside of the pickle. */
  loadPersistent(id: unknown): unknown;
}

/**
 * Reads a pickle of protocol 2, with the opcodes that torch writes and no others. Dicts become Maps, tuples and lists
 * arrays, whole numbers beyond 2^53 bigints. It runs no code but that of `world`, never recurses, and each of its steps
 * uses up a byte, so that time and memory are bounded by the length.
 * @returns the value, and the position after the pickle
 * @throws MedembedError "corrupt-checkpoint" naming the opcode or the global that is not allowed
 */
export function unpickle(bytes: Uint8Array, start: number, world: PickleWorld): { value: unknown; end: number } {
  const machine = new PickleMachine(bytes, start, world);
  for (;;) {
    const opcode = machine.uint(1);
    if (opcode === STOP) return { value: machine.pop(), end: machine.position };
    const step = STEPS.get(opcode);
    if (!step) {
      throw corrupt(
        `the pickle has opcode 0x${opcode.toString(16)} at byte ${machine.position - 1}, which is not allowed`,
      );
    }
    step(machine);
  }
}

const STOP = 0x2e;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The opcodes, named as in Python's pickletools. */
const STEPS: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80, (m) => m.checkProtocol(m.uint(1))], // PROTO
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m) => m.push(m.uint(1))], // BININT1
  [0x4d, (m) => m.push(m.uint(2))], // BININT2
  [0x4a, (m) => m.push(m.uint(4) | 0)], // BININT, signed
  [0x8a, (m) => m.push(m.long(m.uint(1)))], // LONG1
  [0x47, (m) => m.push(m.float())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.uint(4)))], // BINUNICODE
  [0x28, (m) => m.mark()], // MARK
  [0x29, (m) => m.pushContainer([])], // EMPTY_TUPLE
  [0x85, (m) => m.pushContainer(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.pushContainer(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.pushContainer(m.popMany(3))], // TUPLE3
  [0x74, (m) => m.pushContainer(m.popToMark())], // TUPLE
  [0x5d, (m) => m.pushContainer([])], // EMPTY_LIST
  [0x61, (m) => m.appendItems(m.popMany(1))], // APPEND
  [0x65, (m) => m.appendItems(m.popToMark())], // APPENDS
  [0x7d, (m) => m.pushContainer(new Map())], // EMPTY_DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x71, (m) => m.memoise(m.uint(1))], // BINPUT
  [0x72, (m) => m.memoise(m.uint(4))], // LONG_BINPUT
  [0x68, (m) => m.recall(m.uint(1))], // BINGET
  [0x6a, (m) => m.recall(m.uint(4))], // LONG_BINGET
  [0x63, (m) => m.pushGlobal(m.line(), m.line())], // GLOBAL
  [0x51, (m) => m.pushPersistent(m.pop())], // BINPERSID
  [0x52, (m) => m.call(...(m.popMany(2) as [unknown, unknown]))], // REDUCE
  [0x62, (m) => void m.pop()], // BUILD: attributes, such as a state dict's `_metadata`, which do not matter here
]);

class PickleMachine {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #stack: unknown[] = [];
  /** Heights of the stack. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #containers = 0;

  constructor(bytes: Uint8Array, start: number, world: PickleWorld) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#world = world;
    this.position = start;
  }

  checkProtocol(protocol: number): void {
    if (protocol !== 2) throw corrupt(`the pickle has protocol ${protocol}, needed: 2`);
  }

  /** Moves on over `length` bytes. @returns where they begin */
  #skip(length: number): number {
    const begin = this.position;
    if (length > this.#bytes.length - begin) {
      throw corrupt(
        `the pickle breaks off after ${this.#bytes.length} bytes, ${length} more are needed at byte ${begin}`,
      );
    }
    this.position += length;
    return begin;
  }

  #take(length: number): Uint8Array {
    const begin = this.#skip(length);
    return this.#bytes.subarray(begin, begin + length);
  }

  uint(length: 1 | 2 | 4): number {
    const begin = this.#skip(length);
    if (length === 1) return this.#view.getUint8(begin);
    return length === 2 ? this.#view.getUint16(begin, true) : this.#view.getUint32(begin, true);
  }

  float(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A whole number in two's complement, little-endian. */
  long(length: number): number | bigint {
    const digits = Buffer.from(this.#take(length).toReversed()).toString("hex");
    const value = BigInt.asIntN(8 * length, BigInt(`0x0${digits}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    const bytes = this.#take(length);
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw corrupt(`the pickle has a text at byte ${this.position - length} that is no UTF-8`, { cause });
    }
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw corrupt("the pickle breaks off inside the name of a global");
    const line = Buffer.from(this.#take(end - this.position)).toString("latin1");
    this.#skip(1);
    return line;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pushContainer(container: unknown[] | Map<unknown, unknown>): void {
    this.#countContainer();
    this.push(container);
  }

  #countContainer(): void {
    if (++this.#containers > MAX_CONTAINERS) throw corrupt(`the pickle makes more than ${MAX_CONTAINERS} containers`);
  }

  pop(): unknown {
    return this.popMany(1)[0];
  }

  popMany(count: number): unknown[] {
    const bottom = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - bottom < count) throw this.#misuse("takes more from the stack than it has");
    return this.#stack.splice(-count);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  popToMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.#misuse("has no mark to go back to");
    return this.#stack.splice(height);
  }

  appendItems(items: readonly unknown[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw this.#misuse("appends to what is no list");
    for (const item of items) list.push(item);
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.#stack.at(-1);
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw this.#misuse("sets items that are no pairs, or of no dict");
    }
    for (let i = 0; i < items.length; i += 2) {
      if (dict.has(items[i])) throw corrupt(`the pickle has the key ${quote(items[i])} twice in one dict`);
      dict.set(items[i], items[i + 1]);
    }
  }

  memoise(index: number): void {
    if (this.#stack.length === 0) throw this.#misuse("remembers the top of an empty stack");
    this.#memo.set(index, this.#stack.at(-1));
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#misuse(`recalls number ${index}, which it never remembered`);
    this.push(this.#memo.get(index));
  }

  pushGlobal(module: string, name: string): void {
    const global = this.#world.globals.get(`${module} ${name}`);
    if (global === undefined) {
      throw corrupt(`the pickle names the global ${quote(`${module}.${name}`)}, which is not allowed`);
    }
    this.push(global);
  }

  pushPersistent(id: unknown): void {
    this.#countContainer();
    this.push(this.#world.loadPersistent(id));
  }

  call(callee: unknown, args: unknown): void {
    // Functions come from the globals of the world and from nowhere else.
    if (typeof callee !== "function" || !Array.isArray(args)) throw this.#misuse("calls what is no function");
    this.#countContainer();
    this.push(callee(args));
  }

  #misuse(deed: string): Error {
    return corrupt(`the pickle ${deed}, before byte ${this.position}`);
  }
}
