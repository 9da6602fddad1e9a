import { type FileHandle, open } from "node:fs/promises";
import { MedembedError } from "../../errors.ts";
import { isDicom, type OpenedDicom, openDicom } from "./open-dicom.ts";

/** More than nearly every header; one read. */
const FIRST_BYTES = 256 * 2 ** 10;
/** Headers that are longer have thousands of frames, or other pictures in them. */
const GROWTH = 8;
/** Of a file in which no pixels have come by then: as much as of a deflated one. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * The attributes of a DICOM file, of which no more is read than it takes to come to the pixels; undefined for another file. One
 * without pixels, a deflated or a broken one is read whole.
 * @throws MedembedError "not-found"; "unsupported-image", "corrupt-image", "image-too-large" as `openDicom`
 */
export async function openDicomFile(path: string): Promise<OpenedDicom | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    const found = await file?.stat();
    if (!file || !found?.isFile()) throw new MedembedError("not-found", "no such file");
    return await openBeginning(file, found.size);
  } finally {
    await file?.close();
  }
}

async function openBeginning(file: FileHandle, size: number): Promise<OpenedDicom | undefined> {
  for (let length = FIRST_BYTES; length < size && length <= MAX_BYTES; length *= GROWTH) {
    const beginning = await readBeginning(file, length);
    if (!isDicom(beginning)) return undefined;
    const opened = openAsFarAsPixels(beginning);
    if (opened) return opened;
  }
  if (size > MAX_BYTES) {
    throw new MedembedError("image-too-large", `the DICOM file has no pixels in its first ${MAX_BYTES} bytes`);
  }
  const bytes = await readBeginning(file, size);
  return isDicom(bytes) ? openDicom(bytes) : undefined;
}

/** Undefined where the beginning of a file ends before its pixels. */
function openAsFarAsPixels(beginning: Uint8Array): OpenedDicom | undefined {
  try {
    const opened = openDicom(beginning);
    return opened.attributes.element("pixelData") && opened;
  } catch (error) {
    if (error instanceof MedembedError && error.code === "corrupt-image") return undefined; // as a part is bound to look
    throw error;
  }
}

async function readBeginning(file: FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
