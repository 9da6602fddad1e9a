import { open } from "node:fs/promises";

/** @property shape outermost first @property values made when it is written, so that one tensor is in memory at a time */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: () => Float32Array;
}

/** Float32 tensors one behind the other: the length of the header as u64, the header as JSON, the data. */
export async function writeSafetensors(path: string, tensors: readonly NamedTensor[]): Promise<void> {
  const header: Record<string, { dtype: "F32"; shape: readonly number[]; data_offsets: [number, number] }> = {};
  let end = 0;
  for (const { name, shape } of tensors) {
    const begin = end;
    end += shape.reduce((product, size) => product * size, Float32Array.BYTES_PER_ELEMENT);
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([length, json]));
    for (const tensor of tensors) {
      const values = tensor.values();
      await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  } finally {
    await file.close();
  }
}
