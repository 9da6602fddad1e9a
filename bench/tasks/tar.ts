import { type FileHandle, open } from "node:fs/promises";

const BLOCK_BYTES = 512;
/** Far larger than any picture here; stops a forged length from reserving memory. */
const MAX_MEMBER_BYTES = 64 * 2 ** 20;
/** Regular files, as POSIX and as older programs mark them. */
const REGULAR_TYPES = ["0", "\0"];

interface Member {
  readonly position: number;
  readonly length: number;
}

/** A plain ustar archive whose members are read in any order. */
export class TarFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #members: ReadonlyMap<string, Member>;

  /** @throws Error for a file that is no plain tar archive */
  static async open(path: string): Promise<TarFile> {
    const handle = await open(path, "r");
    try {
      return new TarFile(path, handle, await findMembers(handle, path));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(path: string, handle: FileHandle, members: ReadonlyMap<string, Member>) {
    this.#path = path;
    this.#handle = handle;
    this.#members = members;
  }

  async read(name: string): Promise<Uint8Array> {
    const member = this.#members.get(name);
    if (!member) throw new Error(`${this.#path} has no member ${name}`);
    return readFully(this.#handle, member, this.#path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function findMembers(handle: FileHandle, path: string): Promise<Map<string, Member>> {
  const { size } = await handle.stat();
  const members = new Map<string, Member>();
  let position = 0;
  while (position + BLOCK_BYTES <= size) {
    const header = await readFully(handle, { position, length: BLOCK_BYTES }, path);
    if (header.every((byte) => byte === 0)) break; // the end is marked by empty blocks
    const { name, length, type } = parseHeader(header, `${path} at byte ${position}`);
    position += BLOCK_BYTES;
    if (length > MAX_MEMBER_BYTES || position + length > size) {
      throw new Error(`${path}: member ${name} claims ${length} bytes, ${size - position} are left`);
    }
    if (REGULAR_TYPES.includes(type)) members.set(name, { position, length });
    position += Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return members;
}

/** https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "ustar Interchange Format" */
function parseHeader(header: Uint8Array, place: string): { name: string; length: number; type: string } {
  const text = (start: number, length: number) =>
    Buffer.from(header.subarray(start, start + length))
      .toString("latin1")
      .replace(/\0.*$/s, "");
  const octal = (start: number, length: number) => Number.parseInt(text(start, length).trim() || "0", 8);
  // The sum of the bytes, those of the sum itself taken as spaces.
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== octal(148, 8)) throw new Error(`${place} is no tar header: its check sum is wrong`);
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const length = octal(124, 12);
  if (!(length >= 0)) throw new Error(`${place}: the length of the member is no number`);
  const name = Buffer.from(prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`, "latin1").toString("utf8");
  return { name, length, type: String.fromCharCode(header[156]) };
}

async function readFully(handle: FileHandle, { position, length }: Member, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error(`${path} ends at byte ${position + filled}`);
    filled += bytesRead;
  }
  return bytes;
}
