import { MedembedError } from "../errors.ts";
import { ByteFile } from "./byte-file.ts";
import { corrupt } from "./corrupt-checkpoint.ts";
import { placeSafetensors } from "./safetensors.ts";
import { type PlacedTensor, readFloat32, type StoredTensor } from "./stored-tensor.ts";
import { placeTorchLegacy } from "./torch-legacy.ts";
import { placeTorchZip } from "./torch-zip.ts";

interface WeightsFormat {
  readonly name: string;
  /** The bytes that every such file has at `position`, as hexadecimal digits. */
  readonly magic: string;
  readonly position: number;
  /** Finds every tensor of the file without reading one. */
  readonly place: (file: ByteFile) => Promise<Map<string, PlacedTensor>>;
}

/** Recognised by their bytes: the official `.pt` is a safetensors file. */
const FORMATS: readonly WeightsFormat[] = [
  { name: "torch zip", magic: "504b0304", position: 0, place: placeTorchZip },
  { name: "legacy torch stream", magic: "80028a0a6cfc9c46f9206aa85019", position: 0, place: placeTorchLegacy },
  { name: "safetensors", magic: "7b", position: 8, place: placeSafetensors }, // "{", after the length of the header
];
const MAGIC_BYTES = 14;
/** What stands in place of the weights when a repository was cloned without Git LFS. */
const LFS_POINTER = Buffer.from("version https://git-lfs")
  .toString("hex")
  .slice(0, 2 * MAGIC_BYTES);

/** An open checkpoint: its tensors by name, and their values one at a time. */
export interface WeightsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /**
   * One tensor, row-major, converted from float64, float32, float16 or bfloat16.
   * @throws MedembedError "wrong-checkpoint" when it holds whole numbers
   */
  readFloat32(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a checkpoint of any known format and finds its tensors; no weight is read yet. Messages start with the path.
 * @throws MedembedError "not-found", "corrupt-checkpoint", or "wrong-checkpoint" for a file that holds no state dict
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  try {
    return await placeWeights(await ByteFile.open(path));
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    throw new MedembedError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

async function placeWeights(file: ByteFile): Promise<WeightsFile> {
  try {
    const format = await recogniseFormat(file);
    const tensors = await format.place(file);
    return {
      tensors,
      readFloat32: async (name) => {
        const tensor = tensors.get(name);
        if (!tensor) throw new Error(`readFloat32 was asked for ${name}, which is not among the tensors`);
        return readFloat32(file, tensor);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function recogniseFormat(file: ByteFile): Promise<WeightsFormat> {
  const start = Buffer.from(await file.read(0, Math.min(MAGIC_BYTES, file.size))).toString("hex");
  const format = FORMATS.find(({ magic, position }) => start.startsWith(magic, 2 * position));
  if (format) return format;
  if (start === LFS_POINTER) throw corrupt("is a Git LFS pointer, not the weights; `git lfs pull` fetches them");
  const names = FORMATS.map(({ name }) => name).join(", ");
  throw corrupt(`has ${file.size} bytes and starts with ${start || "nothing"}, needed: ${names}`);
}
