import { MedembedError } from "../errors.ts";
import { inParallel, ORDERS, type Order } from "../in-parallel.ts";
import { type Origin, type RowResult, readAnswer } from "./answer.ts";
import { Endpoint, type EndpointOptions, wholeNumber } from "./endpoint.ts";
import type { HttpAnswer } from "./http-call.ts";
import { inBatches, type Numbered } from "./in-batches.ts";
import { envelopeOf, type ScoreParams, writeParams } from "./request.ts";
import { type Cells, encodeRow, type Prepare, type Row } from "./row.ts";
import { FAILURES, ScoringError } from "./scoring-error.ts";

/** Half a megabyte of base64 for a usual picture: bodies of some megabytes, as the service's docs advise. */
const DEFAULT_BATCH_SIZE = 16;
/** The service takes no more rows in a call. */
const MAX_BATCH_SIZE = 1024;
const DEFAULT_PARALLEL = 4;
const MAX_PARALLEL = 1024;

/** A batch that failed when sent again and again is tried in parts, and these not as often: the waiting has been done. */
const RETRIES_OF_PARTS = 1;

export interface ClientOptions extends EndpointOptions {
  /** Changes each image file before it is sent. */
  readonly prepare?: Prepare | undefined;
}

export interface ScoreOptions {
  readonly params?: ScoreParams | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ScoreAllOptions extends ScoreOptions {
  /** Rows of a call, default 16. */
  readonly batchSize?: number | undefined;
  /** Calls at a time, default 4. */
  readonly parallel?: number | undefined;
  /** Default "ordered". */
  readonly order?: Order | undefined;
  /** How many rows there will be, where it is known; the length of an array is. */
  readonly total?: number | undefined;
  /** Called with each row that is yielded. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  /** Rows yielded, failed ones included. */
  readonly done: number;
  readonly failed: number;
  readonly total: number | undefined;
  /** Rows a second, since the beginning. */
  readonly rate: number;
}

/** What became of a row, which is the object that was given. */
export type Outcome<R extends Row = Row> =
  | (Numbered<R> & { readonly result: RowResult; readonly error?: never })
  | (Numbered<R> & { readonly error: ScoringError; readonly result?: never });

interface Batch extends ScoreOptions {
  readonly retries: number;
}

/** A client of a MedImageInsight endpoint: ours, or the published service. Runs in browsers and in Node. */
export class MedembedClient {
  readonly #endpoint: Endpoint;
  readonly #prepare: Prepare | undefined;

  /** @throws MedembedError "usage" */
  constructor(options: ClientOptions) {
    this.#endpoint = new Endpoint(options);
    this.#prepare = options.prepare;
  }

  /**
   * Scores rows in one call.
   * @returns one result each, in order
   * @throws ScoringError also when a single row is bad, with its number; the signal's reason
   */
  async score(rows: readonly Row[], { params, signal }: ScoreOptions = {}): Promise<RowResult[]> {
    if (rows.length === 0) return [];
    const encode = async (row: Row, i: number) =>
      encodeRow(row, this.#prepare).catch((error: ScoringError) => Promise.reject(error.atRow(i)));
    const results = await this.#send(await Promise.all(rows.map(encode)), { params, signal });
    return results.map((result) => {
      if (result instanceof ScoringError) throw result;
      return result;
    });
  }

  /**
   * Scores any number of rows, in batches, several calls at a time. A row that cannot be scored is yielded with its error
   * and costs no other row. At most `batchSize × parallel` rows, and one, are held at a time.
   * @throws ScoringError when the endpoint refuses all work or stays out of reach; what `rows` throws; the signal's reason
   */
  scoreAll<R extends Row>(
    rows: Iterable<R> | AsyncIterable<R>,
    options: ScoreAllOptions = {},
  ): AsyncGenerator<Outcome<R>, void, undefined> {
    const { params, signal, order = "ordered", onProgress } = options;
    const batchSize = wholeNumber("batchSize", options.batchSize ?? DEFAULT_BATCH_SIZE, 1, MAX_BATCH_SIZE);
    const width = wholeNumber("parallel", options.parallel ?? DEFAULT_PARALLEL, 1, MAX_PARALLEL);
    if (!ORDERS.includes(order)) throw new MedembedError("usage", `order must be one of ${ORDERS.join(", ")}`);
    writeParams(params ?? {}); // what is wrong here is wrong for every row
    const total = options.total ?? (Array.isArray(rows) ? rows.length : undefined);
    const { retries } = this.#endpoint;
    const batches = inParallel(inBatches(rows, batchSize), { width, order, signal }, (batch, until) =>
      this.#scoreBatch(batch, { params, signal: until, retries }),
    );
    return this.#tell(batches, total, onProgress);
  }

  /**
   * Sends a request's body as it is, with the key and the retries of the client.
   * @param body JSON in UTF-8
   * @throws ScoringError, also when the answer is no JSON; the signal's reason
   */
  post(body: string | Uint8Array, { signal }: Pick<ScoreOptions, "signal"> = {}): Promise<HttpAnswer> {
    return this.#endpoint.post(body, { signal });
  }

  async *#tell<R extends Row>(
    batches: AsyncIterable<Outcome<R>[]>,
    total: number | undefined,
    onProgress: ScoreAllOptions["onProgress"],
  ): AsyncGenerator<Outcome<R>, void, undefined> {
    const { clock } = this.#endpoint;
    const started = clock.now();
    let done = 0;
    let failed = 0;
    for await (const outcomes of batches) {
      for (const outcome of outcomes) {
        done++;
        if (outcome.error) failed++;
        onProgress?.({ done, failed, total, rate: (1000 * done) / Math.max(1, clock.now() - started) });
        yield outcome;
      }
    }
  }

  /** @returns one outcome each, in order */
  async #scoreBatch<R extends Row>(batch: readonly Numbered<R>[], options: Batch): Promise<Outcome<R>[]> {
    const unsendable: Outcome<R>[] = [];
    const sendable: (Numbered<R> & { readonly cells: Cells })[] = [];
    for (const { index, row } of batch) {
      options.signal?.throwIfAborted();
      try {
        sendable.push({ index, row, cells: await encodeRow(row, this.#prepare) });
      } catch (error) {
        unsendable.push({ index, row, error: (error as ScoringError).atRow(index) });
      }
    }
    const sent = await this.#scoreCells(sendable, options);
    return [...unsendable, ...sent].sort((a, b) => a.index - b.index);
  }

  /** Halves what fails, as long as a row may be the cause, until that row is alone. */
  async #scoreCells<R extends Row>(
    rows: readonly (Numbered<R> & { readonly cells: Cells })[],
    options: Batch,
  ): Promise<Outcome<R>[]> {
    if (rows.length === 0) return [];
    try {
      const cells = rows.map((row) => row.cells);
      const results = await this.#send(cells, options, {
        isDivisible: rows.length > 1,
        retries: options.retries,
        headers: { "medembed-row-errors": "1" }, // ours then answers for each row; others do not know it
      });
      return results.map((result, i) => outcomeOf(rows[i], result));
    } catch (error) {
      if (!(error instanceof ScoringError) || !FAILURES[error.kind].isOfRows) throw error;
      if (rows.length === 1) return [outcomeOf(rows[0], error)];
      const hasWaited = FAILURES[error.kind].retry === "always";
      const retries = hasWaited ? Math.min(RETRIES_OF_PARTS, options.retries) : options.retries;
      const middle = rows.length >> 1;
      return [
        ...(await this.#scoreCells(rows.slice(0, middle), { ...options, retries })),
        ...(await this.#scoreCells(rows.slice(middle), { ...options, retries })),
      ];
    }
  }

  async #send(
    cells: readonly Cells[],
    { params, signal }: ScoreOptions,
    how: { isDivisible?: boolean; retries?: number; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<(RowResult | ScoringError)[]> {
    const body = JSON.stringify(envelopeOf(cells, params ?? {}));
    const { json, headers } = await this.#endpoint.post(body, { signal, ...how });
    const origin = originOf(headers);
    return readAnswer(json, cells, this.#endpoint.key).map((result) =>
      result instanceof ScoringError ? result : { ...result, ...origin },
    );
  }
}

function originOf(headers: Headers): Origin {
  const weights = headers.get("medembed-model");
  const profile = headers.get("medembed-profile");
  return { ...(weights !== null && { weights }), ...(profile !== null && { profile }) };
}

function outcomeOf<R extends Row>({ index, row }: Numbered<R>, result: RowResult | ScoringError): Outcome<R> {
  return result instanceof ScoringError ? { index, row, error: result.atRow(index) } : { index, row, result };
}
