import { createHash } from "node:crypto";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExternalLocation, OnnxGraph } from "./onnx-graph.ts";

/** The runtime maps external data where it starts on a page; small tensors are copied anyway and only need a cache line. */
const PAGE_BYTES = 4096;
const CACHE_LINE_BYTES = 64;

/** What was written: file names inside the folder with the SHA-256 of each. */
export type WrittenFiles = Readonly<Record<string, string>>;

/**
 * Writes `<name>.onnx` and `<name>.onnx.data`, one weight in memory at a time, and flushes both to the disk.
 * @param onBytes called with the number of bytes of each weight written
 */
export async function writeOnnx(
  graph: OnnxGraph,
  folder: string,
  name: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<WrittenFiles> {
  const dataName = `${name}.onnx.data`;
  const hash = createHash("sha256");
  const locations = new Map<string, ExternalLocation>();
  const file = await open(join(folder, dataName), "wx");
  try {
    let end = 0;
    for (const tensor of graph.externalTensors) {
      const bytes = await tensor.load();
      const alignment = bytes.length >= PAGE_BYTES ? PAGE_BYTES : CACHE_LINE_BYTES;
      const padding = Buffer.alloc((alignment - (end % alignment)) % alignment);
      for (const part of [padding, bytes]) {
        hash.update(part);
        await writeFully(file, part);
      }
      locations.set(tensor.name, { file: dataName, offset: end + padding.length, length: bytes.length });
      end += padding.length + bytes.length;
      onBytes(bytes.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const model = graph.encode(name, locations);
  await writeFile(join(folder, `${name}.onnx`), model, { flush: true, flag: "wx" });
  return { [`${name}.onnx`]: createHash("sha256").update(model).digest("hex"), [dataName]: hash.digest("hex") };
}

/** A single write may store less than it was given. */
async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
