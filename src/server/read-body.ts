import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { MedembedError } from "../errors.ts";

export interface BodyOptions {
  /** Of the body as sent, and of the body unpacked. */
  readonly maxBytes: number;
  /** Stops the reading; its reason is what is thrown. */
  readonly signal: AbortSignal;
  /** Told of the bytes as they arrive; may throw to refuse them. */
  readonly reserve: (bytes: number) => void;
}

/**
 * The body of a request, unpacked. What is left of a refused body is read and thrown away: closing the connection while the
 * caller still sends would reset it, and the caller would never see the answer.
 * @returns in memory of its own
 * @throws MedembedError "request-too-large", "unsupported-media-type", "invalid-request", the signal's reason
 */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, signal, reserve }: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { "content-encoding": encoding = "identity", "content-length": declared = "0" } = request.headers;
  if (!["gzip", "x-gzip", "identity"].includes(encoding.trim().toLowerCase())) {
    throw new MedembedError("unsupported-media-type", "the content encoding is neither gzip nor identity");
  }
  if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
  signal.throwIfAborted();

  return new Promise((resolve, reject) => {
    const isPacked = encoding.trim().toLowerCase() !== "identity";
    const source = isPacked ? request.pipe(createGunzip()) : request;
    // Of its final size where that is declared: a hundred megabytes are not copied once more at the end.
    let body = Buffer.allocUnsafeSlow(isPacked ? 0 : Number(declared));
    let length = 0;
    const finish = () => {
      signal.removeEventListener("abort", leave);
      source.removeAllListeners("data");
    };
    const refuse = (error: unknown) => {
      finish();
      if (source !== request) {
        request.unpipe();
        source.destroy();
      }
      request.resume();
      reject(error);
    };
    const leave = () => refuse(signal.reason);
    signal.addEventListener("abort", leave);
    source.on("data", (chunk: Buffer) => {
      if (length + chunk.length > maxBytes) return refuse(tooLarge(maxBytes));
      try {
        reserve(chunk.length);
      } catch (error) {
        return refuse(error);
      }
      if (length + chunk.length > body.length) body = grow(body, 2 * (length + chunk.length));
      length += chunk.copy(body, length);
    });
    source.on("end", () => {
      finish();
      resolve(new Uint8Array(body.buffer, 0, length));
    });
    source.on("error", () => refuse(new MedembedError("invalid-request", "the body breaks off or is no gzip")));
  });
}

function grow(bytes: Buffer, size: number): Buffer<ArrayBuffer> {
  const grown = Buffer.allocUnsafeSlow(size);
  bytes.copy(grown);
  return grown;
}

function tooLarge(maxBytes: number): MedembedError {
  return new MedembedError("request-too-large", `the body is larger than the ${maxBytes} bytes allowed`);
}
