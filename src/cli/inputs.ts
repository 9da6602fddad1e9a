import { createReadStream, type Dirent } from "node:fs";
import { open, opendir, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";
import { glob, isDynamicPattern } from "tinyglobby";
import { MedembedError } from "../errors.ts";
import { isDicom } from "../formats/dicom/open-dicom.ts";
import { MAX_FILE_BYTES } from "../formats/image-limits.ts";
import { inParallel } from "../in-parallel.ts";
import { fetchBeginning, fetchObject, isS3Address, listObjects, type S3Object } from "../s3/s3-source.ts";

/** What is taken from folders; a file named on its own is taken whatever its name. */
const IMAGE_NAME = /\.(png|jpe?g|webp|tiff?|bmp|dcm|dicom|nii|nii\.gz)$/i;
/** Files without an ending are looked into: DICOM files mostly have none, or end in the last number of a UID. */
const HAS_ENDING = /\.[a-z][a-z0-9]*$/i;
/** PS3.10 8.6: the name of a file that lists those around it. */
const DICOM_DIRECTORY = "DICOMDIR";
/** Enough to tell a DICOM file. */
const BEGINNING_BYTES = 132;

/** Of a bucket, at a time: each takes a request. */
const OBJECTS_LOOKED_INTO = 32;

/** Something to embed: a path for an image, the text itself for a text. */
export interface Input {
  readonly kind: "image" | "text";
  readonly id: string;
  /** What messages call it, where they should not repeat its id. */
  readonly name?: string;
  /** Gives the bytes of an image that is no file. */
  readonly fetch?: () => Promise<Uint8Array>;
  /** Of an object in a bucket. */
  readonly bytes?: number;
}

export interface InputArguments {
  /** Files, folders (with all below them), globs, `s3://bucket/folder/`; `-` reads paths from standard input, one a line. */
  readonly paths: readonly string[];
  readonly texts: readonly string[];
  /** A file with one text a line; `-` reads standard input. */
  readonly textsFile: string | undefined;
}

/**
 * All inputs in the order of the command line, found while they are consumed; inside a folder in the order of the names.
 * @param signal ends the list, also while it waits for a line from standard input
 */
export async function* listInputs(args: InputArguments, signal?: AbortSignal): AsyncGenerator<Input> {
  for await (const input of allInputs(args, signal)) {
    if (signal?.aborted) return;
    yield input;
  }
}

/** How many inputs there will be; undefined where standard input decides. */
export async function countInputs(args: InputArguments): Promise<number | undefined> {
  if (args.paths.includes("-") || args.textsFile === "-") return undefined;
  let count = 0;
  for await (const _ of listInputs(args)) count++;
  return count;
}

async function* allInputs(
  { paths, texts, textsFile }: InputArguments,
  signal: AbortSignal | undefined,
): AsyncGenerator<Input> {
  for (const path of paths) {
    if (isS3Address(path)) yield* listBucket(path);
    else for await (const id of path === "-" ? readLines("-", signal) : expandPath(path)) yield inputAt(id);
  }
  for (const id of texts) yield { kind: "text", id };
  if (textsFile !== undefined) {
    for await (const id of readLines(textsFile, signal)) yield { kind: "text", id };
  }
}

function inputAt(id: string, bytes?: number): Input {
  if (!isS3Address(id)) return { kind: "image", id };
  return { kind: "image", id, fetch: () => fetchObject(id, MAX_FILE_BYTES), ...(bytes !== undefined && { bytes }) };
}

/** Those objects that would be taken from a folder. */
async function* listBucket(address: string): AsyncGenerator<Input> {
  const isWanted = async (object: S3Object) => {
    const name = basename(object.address);
    if (IMAGE_NAME.test(name)) return object;
    if (HAS_ENDING.test(name) || name === DICOM_DIRECTORY || object.bytes < BEGINNING_BYTES) return undefined;
    return isDicom(await fetchBeginning(object.address, BEGINNING_BYTES)) ? object : undefined;
  };
  for await (const object of inParallel(listObjects(address), { width: OBJECTS_LOOKED_INTO }, isWanted)) {
    if (object) yield inputAt(object.address, object.bytes);
  }
}

async function* expandPath(path: string): AsyncGenerator<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) yield* walk(path);
  else if (found === undefined && isDynamicPattern(path)) yield* await matches(path);
  else yield path; // a file, or a name that embedding will report as missing
}

async function matches(pattern: string): Promise<string[]> {
  const found = await glob(pattern, { absolute: isAbsolute(pattern), dot: false, expandDirectories: false });
  if (found.length === 0) throw new MedembedError("not-found", `no file matches ${pattern}`);
  return found.sort();
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (IMAGE_NAME.test(entry.name) || (await isNamelessDicom(path, entry))) yield path;
  }
}

async function isNamelessDicom(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isFile() || HAS_ENDING.test(entry.name) || entry.name === DICOM_DIRECTORY) return false;
  const file = await open(path).catch(() => undefined); // one that may not be read is none that was asked for
  try {
    const beginning = new Uint8Array(BEGINNING_BYTES);
    const read = await file?.read(beginning, 0, BEGINNING_BYTES, 0);
    return isDicom(beginning.subarray(0, read?.bytesRead ?? 0));
  } finally {
    await file?.close();
  }
}

/** The lines of a file or of standard input, empty ones left out. */
async function* readLines(path: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  if (path !== "-") {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw new MedembedError("not-found", `${path} is no file`);
  }
  const input = path === "-" ? process.stdin : createReadStream(path, "utf8");
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, ...(signal && { signal }) })) {
    if (line.trim() !== "") yield line;
  }
}
