import { decodeBase64, encodeBase64 } from "./base64.ts";
import { ScoringError } from "./scoring-error.ts";

/** The bytes of an image file, or its base64. */
export type ImageFile = Uint8Array | Blob | string;

/** Something to score: an image, a text or both. */
export interface Row {
  /** A function is called when its row is about to be sent, so that a long list of files is not read ahead. */
  readonly image?: ImageFile | (() => ImageFile | Promise<ImageFile>) | null | undefined;
  readonly text?: string | null | undefined;
}

/** Changes an image file before it is sent, such as a recipe for rendering or resizing. */
export type Prepare = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** A row as the wire has it; a half that is absent has no key. */
export interface Cells {
  /** Base64. */
  readonly image?: string;
  readonly text?: string;
}

/** @throws ScoringError of kind "input" for a row that cannot be sent; what a function of the caller threw is its cause */
export async function encodeRow(row: Row, prepare: Prepare | undefined): Promise<Cells> {
  const image = await encodeImage(row.image, prepare);
  const text = readText(row.text);
  if (image === undefined && text === undefined) throw unsendable("row_empty", "it has neither an image nor a text");
  return { ...(image !== undefined && { image }), ...(text !== undefined && { text }) };
}

async function encodeImage(source: Row["image"], prepare: Prepare | undefined): Promise<string | undefined> {
  try {
    const file = (typeof source === "function" ? await source() : source) ?? "";
    if (file === "" || (typeof file === "string" && !prepare)) return file === "" ? undefined : file;
    const bytes = await bytesOf(file);
    return encodeBase64(prepare ? await prepare(bytes) : bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it cannot be read";
    throw unsendable("image_unreadable", reason, "image", { cause });
  }
}

async function bytesOf(file: ImageFile): Promise<Uint8Array> {
  if (typeof file === "string") return decodeBase64(file);
  if (file instanceof Uint8Array) return file;
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
  throw new TypeError("it is neither a Uint8Array, a Blob nor a base64 string");
}

/** Verbatim; of white space only it says nothing. */
function readText(text: unknown): string | undefined {
  if (text === undefined || text === null) return undefined;
  if (typeof text !== "string") throw unsendable("text_invalid", "it is no string", "text");
  return text.trim() === "" ? undefined : text;
}

function unsendable(code: string, detail: string, column?: "image" | "text", options?: ErrorOptions): ScoringError {
  return new ScoringError({ kind: "input", code, detail, column }, options);
}
