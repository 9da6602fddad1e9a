import { ServerFailure } from "./server-failure.ts";

/** Before the first part stands nothing, or a word to people whose mail program knows no parts. */
const MAX_PREAMBLE_BYTES = 65_536;
/** A part says its type, its length and where it lies; more is no part. */
const MAX_HEADER_BYTES = 16_384;
/** Behind the last part; read to its end, so that the connection is good for another request. */
const MAX_EPILOGUE_BYTES = 65_536;

const END_OF_HEADERS = Buffer.from("\r\n\r\n");

/** The boundary that a Content-Type names; undefined where it names none or is of another type. RFC 2046 5.1.1: up to 70 characters. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/related\s*;/i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/**
 * The contents of the parts of a `multipart/related` body (RFC 2387, PS3.18 8.6.1.2), each as soon as it is there; of the body no more
 * than one part and what the network brings at a time is held.
 * @throws ServerFailure for a body that breaks off, has no such parts, or has a part longer than `maxPartBytes`
 */
export async function* readParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  maxPartBytes: number,
): AsyncGenerator<Buffer> {
  const scanner = new Scanner(body);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const noParts = "has sent a body without the parts that it announced";
  const tooLong = `has sent more than the ${maxPartBytes} bytes that are read of a file`;
  await scanner.readUntil(delimiter, MAX_PREAMBLE_BYTES, noParts);
  while ((await scanner.peek(2)) !== "--") {
    await scanner.readUntil(END_OF_HEADERS, MAX_HEADER_BYTES, noParts);
    yield await scanner.readUntil(delimiter, maxPartBytes, tooLong);
  }
  await scanner.skipRest(MAX_EPILOGUE_BYTES);
}

/** Reads a stream up to marks, wherever its chunks begin and end. */
class Scanner {
  readonly #source: AsyncIterator<Uint8Array>;
  /** What has come and is not read. The line break before the first delimiter may be missing, so it is put there. */
  #held: Buffer = Buffer.from("\r\n");

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  /** The bytes before the next mark, which is passed over. */
  async readUntil(mark: Buffer, maxBytes: number, tooLong: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let length = 0;
    const add = (end: number) => {
      pieces.push(this.#held.subarray(0, end));
      length += end;
      if (length > maxBytes) throw new ServerFailure(tooLong);
    };
    for (let at = this.#held.indexOf(mark); ; at = this.#held.indexOf(mark)) {
      if (at >= 0) {
        add(at);
        this.#held = this.#held.subarray(at + mark.length);
        return Buffer.concat(pieces);
      }
      const end = Math.max(0, this.#held.length - mark.length + 1); // behind it the mark may begin
      add(end);
      this.#held = Buffer.concat([this.#held.subarray(end), await this.#next()]);
    }
  }

  /** The next bytes, which stay. */
  async peek(count: number): Promise<string> {
    while (this.#held.length < count) this.#held = Buffer.concat([this.#held, await this.#next()]);
    return this.#held.toString("latin1", 0, count);
  }

  async skipRest(maxBytes: number): Promise<void> {
    for (let skipped = 0; skipped <= maxBytes; ) {
      const { done, value } = await this.#source.next();
      if (done) return;
      skipped += value.length;
    }
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#source.next();
    if (done) throw new ServerFailure("has sent a body that breaks off", { isPassing: true });
    return value;
  }
}
