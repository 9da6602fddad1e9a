import { Batcher, oldest, type Patience } from "../../batcher.ts";
import { WorkerPool } from "../../worker-pool.ts";
import type { ParsedCall } from "./parsed-call.ts";
import { type AskedOf, PARSERS, type ParseOptions, type ParserName } from "./parsers.ts";

/** Below this the event loop parses a body in about a millisecond, and the way to a thread and back costs as much. */
const MAX_INLINE_BYTES = 256 * 2 ** 10;
/** A large body takes a tenth of a second: a second thread, so that the next one need not wait. */
const THREADS = 2;

export interface ParsingRequest {
  readonly parser: ParserName;
  readonly body: Uint8Array;
  readonly options: ParseOptions;
}

/** Parses bodies: small ones here, large ones in a thread, by the same function. */
export class Parsing {
  readonly #pool = new WorkerPool<ParsingRequest, ParsedCall<unknown>>(
    THREADS,
    new URL("./parsing-worker.ts", import.meta.url),
    null,
  );
  readonly #queue = new Batcher<ParsingRequest, ParsedCall<unknown>>({
    run: async ([request]) => [await this.#pool.call(request, [request.body.buffer as ArrayBuffer])],
    choose: oldest(1),
    concurrency: THREADS,
  });

  /** @param body changes hands when it is large @throws MedembedError "invalid-request", "cancelled" */
  async parse<Name extends ParserName>(
    parser: Name,
    body: Uint8Array<ArrayBuffer>,
    options: ParseOptions,
    patience: Patience,
  ): Promise<ParsedCall<AskedOf<Name>>> {
    const parsed =
      body.length <= MAX_INLINE_BYTES
        ? PARSERS[parser](body, options)
        : await this.#queue.submit({ parser, body, options }, patience);
    return parsed as ParsedCall<AskedOf<Name>>;
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#pool.close();
  }
}
