import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { openWeights } from "../../src/convert/weights-file.ts";
import { MedembedError } from "../../src/errors.ts";

/** Real checkpoints, written by torch and safetensors. */
export function golden(name: string): string {
  return join(import.meta.dirname, "../files/golden-small", name);
}

interface ReadWeights {
  readonly [name: string]: { readonly dtype: string; readonly shape: readonly number[]; readonly values: number[] };
}

/** Writes the bytes to a file without a telling name and reads every tensor of it. */
export async function readBytes(bytes: Uint8Array): Promise<ReadWeights> {
  const folder = await mkdtemp(join(tmpdir(), "medembed-"));
  try {
    const path = join(folder, "weights");
    await writeFile(path, bytes);
    return await readAll(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function readAll(path: string): Promise<ReadWeights> {
  const weights = await openWeights(path);
  try {
    const read: [string, ReadWeights[string]][] = [];
    for (const { name, dtype, shape } of weights.tensors.values()) {
      read.push([name, { dtype, shape, values: [...(await weights.readFloat32(name))] }]);
    }
    return Object.fromEntries(read);
  } finally {
    await weights.close();
  }
}

/** For property tests: hostile bytes may be read or refused, but nothing else. */
export async function readOrRefuse(bytes: Uint8Array): Promise<void> {
  await readBytes(bytes).catch((error) => {
    if (!(error instanceof MedembedError)) throw error;
  });
}

/** Joins bytes; a string is one byte for each character, the way opcodes are written down. */
export function concat(...parts: (Uint8Array | string | number)[]): Buffer {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === "number" ? Buffer.of(part) : typeof part === "string" ? Buffer.from(part, "latin1") : part,
    ),
  );
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function float32s(...values: number[]): Buffer {
  return Buffer.from(new Float32Array(values).buffer);
}

/** A safetensors file with the header as given: an object, or JSON that no writer would write. */
export function safetensors(header: unknown, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  return concat(u64(json.length), json, data);
}

/** The opcodes of a pickle, without the frame of protocol and stop. */
export const op = {
  int: (value: number) => concat("J", u32(value >>> 0)),
  float: (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return concat("G", bytes);
  },
  text: (text: string) => concat("X", u32(Buffer.byteLength(text)), Buffer.from(text)),
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  tuple: (...items: (Uint8Array | string)[]) => concat("(", ...items, "t"),
  dict: (...items: (Uint8Array | string)[]) => concat("}(", ...items, "u"),
  list: (...items: (Uint8Array | string)[]) => concat("](", ...items, "e"),
  call: (callee: Uint8Array | string, args: Uint8Array | string) => concat(callee, args, "R"),
  storage: (key: string, count: number, storageClass = "FloatStorage", view = "") =>
    concat(
      op.tuple(op.text("storage"), op.global("torch", storageClass), op.text(key), op.text("cpu"), op.int(count), view),
      "Q",
    ),
  tensor: (storage: Uint8Array | string, offset: number, shape: readonly number[], strides: readonly number[]) =>
    op.call(
      op.global("torch._utils", "_rebuild_tensor_v2"),
      op.tuple(storage, op.int(offset), op.tuple(...shape.map(op.int)), op.tuple(...strides.map(op.int)), "\x89", "}"),
    ),
};

/** A whole pickle. */
export function pickle(...parts: (Uint8Array | string)[]): Buffer {
  return concat("\x80\x02", ...parts, ".");
}

interface ZipItem {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** Sizes and offset as torch writes them past 4 GB. */
  readonly isZip64?: boolean;
  /** What the central directory says about the size. */
  readonly claimedSize?: number;
}

/** A zip the way torch writes it: no sizes in the local headers, and an extra field that only these have. */
export function zip(items: readonly ZipItem[]): Buffer {
  let body: Buffer = Buffer.alloc(0);
  const directory = items.map(({ name, data, method = 0, isZip64 = false, claimedSize = data.length }) => {
    const offset = body.length;
    const fileName = Buffer.from(name);
    const padding = concat("FB", u32(2).subarray(0, 2), "ZZ");
    const version = concat(45, 0, 8, 8, method, 0, u32(0));
    body = concat(
      body,
      "PK\x03\x04",
      version,
      u32(0),
      u32(0),
      u32(0),
      u32((padding.length << 16) | fileName.length),
      fileName,
      padding,
      data,
    );
    const size = isZip64 ? 0xffffffff : claimedSize;
    const extra = isZip64 ? concat(1, 0, 24, 0, u64(claimedSize), u64(claimedSize), u64(offset)) : Buffer.alloc(0);
    const lengths = concat(u32((extra.length << 16) | fileName.length), Buffer.alloc(10));
    return concat(
      "PK\x01\x02",
      45,
      0,
      version,
      u32(crc32(data)),
      u32(size),
      u32(size),
      lengths,
      u32(isZip64 ? 0xffffffff : offset),
      fileName,
      extra,
    );
  });
  const bytes = concat(...directory);
  return concat(
    body,
    bytes,
    "PK\x05\x06",
    u32(0),
    u32((items.length << 16) | items.length),
    u32(bytes.length),
    u32(body.length),
    0,
    0,
  );
}

/** A torch zip with an own pickle and the storages by key. */
export function torchZip(object: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Buffer {
  const data = Object.entries(storages).map(([key, bytes]) => ({ name: `x/data/${key}`, data: bytes }));
  return zip([{ name: "x/data.pkl", data: object }, ...data, { name: "x/version", data: Buffer.from("3\n") }]);
}

/** A legacy stream with an own object, the keys in the order of the storages, and what follows. */
export function torchLegacy(object: Uint8Array, keys: readonly string[], data: Uint8Array, machine = "\x88"): Buffer {
  return concat(
    Buffer.from("80028a0a6cfc9c46f9206aa850192e80024de9032e", "hex"),
    pickle(op.dict(op.text("little_endian"), machine)),
    object,
    pickle(op.list(...keys.map(op.text))),
    data,
  );
}
