import { MedembedError } from "../../errors.ts";

/** A part says its name, its file's name and its type; more is no part. */
const MAX_HEADER_BYTES = 4096;

export interface Part {
  readonly name: string;
  /** A view of the body. */
  readonly bytes: Uint8Array;
}

/**
 * The parts of a whole `multipart/form-data` body (RFC 7578), in order.
 * @param contentType the header, which has the boundary
 * @throws MedembedError "invalid-request" for a body that breaks off, parts that cannot be told, or too many of them
 */
export function parseMultipart(body: Uint8Array, contentType: string, maxParts: number): Part[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const boundary = `--${readBoundary(contentType)}`;
  const delimiter = `\r\n${boundary}`;
  const isAtStart = bytes.subarray(0, boundary.length).equals(Buffer.from(boundary));
  let at = isAtStart ? boundary.length : endOf(bytes, delimiter, 0); // before the first may stand a preamble
  const parts: Part[] = [];
  while (bytes.toString("latin1", at, at + 2) !== "--") {
    if (parts.length === maxParts) throw invalid(`the body has more than ${maxParts} parts`);
    const start = endOf(bytes.subarray(0, at + MAX_HEADER_BYTES), "\r\n\r\n", at);
    const next = endOf(bytes, delimiter, start);
    const name = readName(bytes.toString("latin1", at, start), parts.length);
    parts.push({ name, bytes: body.subarray(start, next - delimiter.length) });
    at = next;
  }
  return parts;
}

/** RFC 2046: up to 70 characters, in quotes where one of them needs it. */
function readBoundary(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw invalid("the header Content-Type: multipart/form-data has no boundary");
  return boundary;
}

/** @returns the place behind the next occurrence */
function endOf(bytes: Buffer, mark: string, from: number): number {
  const at = bytes.indexOf(mark, from, "latin1");
  if (at < 0) throw invalid("the body is no multipart/form-data, or breaks off");
  return at + mark.length;
}

/** @param headers from the end of the boundary on */
function readName(headers: string, i: number): string {
  const [padding, ...lines] = headers.split("\r\n");
  if (padding.trim() !== "") throw invalid("the body is no multipart/form-data, or breaks off");
  if (lines.some((line) => /^content-transfer-encoding:\s*(?!binary|7bit|8bit)/i.test(line))) {
    throw invalid(`part ${i} is encoded; parts are taken as they are`);
  }
  const disposition = lines.find((line) => /^content-disposition:\s*form-data\s*;/i.test(line)) ?? "";
  // Parameters one after the other, so that no quoted file name is taken for one.
  const parameters = disposition.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g);
  for (const [, key, quoted, plain] of parameters) {
    if (key.toLowerCase() === "name") return quoted ?? plain;
  }
  throw invalid(`part ${i} has no name`);
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
