import { MedembedError } from "../../errors.ts";
import { mediaTypeOf } from "../calls/call-options.ts";
import type { ParsedCall, ParsedRow } from "../calls/parsed-call.ts";
import type { ParseOptions } from "../calls/parsers.ts";
import { readImageBytes, readTextBytes } from "../calls/read-row.ts";
import { parseMultipart } from "./parse-multipart.ts";

/** What a body is, by its declared type; which format an image has is told by its bytes. */
const BODIES: readonly {
  readonly type: RegExp;
  readonly read: (body: Uint8Array, options: ParseOptions) => ParsedRow[];
}[] = [
  { type: /^image\/|^application\/octet-stream$/, read: (body) => [readImageBytes(body)] },
  { type: /^text\/plain$/, read: (body) => [readTextBytes(body)] },
  { type: /^multipart\/form-data$/, read: readParts },
];

/** By the names of the parts. */
const PARTS: Readonly<Record<string, (bytes: Uint8Array) => ParsedRow>> = {
  image: readImageBytes,
  text: readTextBytes,
};

/** @throws MedembedError "unsupported-media-type" */
export function bodyOf(contentType: string | undefined) {
  const type = mediaTypeOf(contentType);
  const body = BODIES.find((known) => known.type.test(type));
  if (body) return body;
  throw new MedembedError(
    "unsupported-media-type",
    "the Content-Type must be image/*, application/octet-stream, text/plain or multipart/form-data",
  );
}

/**
 * Reads the body of `POST /embed`: the bytes of one image, one text, or a form with any number of both.
 * @throws MedembedError "invalid-request" for a form that cannot be read
 */
export function parseEmbed(body: Uint8Array, options: ParseOptions): ParsedCall<null> {
  return { rows: bodyOf(options.contentType).read(body, options), imageParams: {}, asked: null };
}

function readParts(body: Uint8Array, { contentType, maxRows }: ParseOptions): ParsedRow[] {
  const parts = parseMultipart(body, contentType, maxRows);
  if (parts.length === 0) throw new MedembedError("invalid-request", "the form has no parts; at least one is needed");
  return parts.map(({ name, bytes }, i) => {
    if (Object.hasOwn(PARTS, name)) return PARTS[name](bytes);
    throw new MedembedError("invalid-request", `part ${i} is named neither image nor text`);
  });
}
