import { embedVolume } from "../../applications/volumes/embed-volume.ts";
import { Batcher } from "../../batcher.ts";
import { MedembedError } from "../../errors.ts";
import { isVolumeFile } from "../../formats/nifti/read-nifti.ts";
import type { ServingEmbedder } from "../deployment.ts";
import type { LibraryVolumes } from "../library/library-volumes.ts";
import { answerOf, type ErrorBody, isRowFault } from "../statuses.ts";
import type { ParsedRow } from "./parsed-call.ts";
import { RowError } from "./row-error.ts";

/** Rows of one call in work: enough for the engine to find full batches, few enough that other calls get in between. */
const ROWS_OF_A_CALL = 32;
/** Rows of all calls in work. Pictures are prepared faster than they are embedded; at 480x480 these take 90 MB at most. */
const ROWS_IN_WORK = 128;

interface RowWork {
  /** Whose row it is: owners take turns. */
  readonly owner: object;
  readonly run: () => Promise<EmbeddedRow>;
}

/** Lets so many rows be in work, whichever calls they are of. */
export type RowQueue = Batcher<RowWork, EmbeddedRow>;

/** Next is a row of whoever has the fewest in work, so that nobody waits for all rows of another; of equals the oldest. */
export function rowQueue(): RowQueue {
  const inWork = new Map<object, number>();
  const countOf = ({ owner }: RowWork) => inWork.get(owner) ?? 0;
  return new Batcher({
    run: async ([work]) => {
      inWork.set(work.owner, countOf(work) + 1);
      try {
        return [await work.run()];
      } finally {
        if (countOf(work) > 1) inWork.set(work.owner, countOf(work) - 1);
        else inWork.delete(work.owner);
      }
    },
    choose: (waiting) => {
      const counts = waiting.map(countOf);
      return [counts.indexOf(counts.reduce((least, count) => Math.min(least, count)))];
    },
    concurrency: ROWS_IN_WORK,
  });
}

/** What a row came to, as the answer holds it. */
export interface EmbeddedRow {
  readonly image?: Buffer;
  readonly text?: Buffer;
  /** Of the text, both ends included; where they are counted. */
  readonly tokens?: number;
  readonly fault?: ErrorBody;
}

export interface EmbedRowsOptions {
  readonly queue: RowQueue;
  /** Who takes turns with others; the calls of one owner come in their order. */
  readonly owner: object;
  readonly embedder: ServingEmbedder;
  /** By its id, with what the call's params change in it. */
  readonly profile: string;
  /** A vector [projection] as the answer holds it. */
  readonly write: (vector: Float32Array, half: "image" | "text") => Buffer;
  readonly signal: AbortSignal;
  /** Called when an item of the call has its turn; an image has two. */
  readonly onBegin: (stage: "preparing" | "computing") => void;
  /** A bad row fails alone instead of failing the call. */
  readonly isTolerant: boolean;
  readonly countsTokens?: boolean | undefined;
  /** How NIfTI files are embedded; without it they are no images. */
  readonly volumes?: LibraryVolumes | undefined;
}

/** @returns one row each, in order @throws RowError for a bad row, unless tolerated; what stopped the work */
export async function embedRows(rows: readonly ParsedRow[], options: EmbedRowsOptions): Promise<EmbeddedRow[]> {
  const bad = rows.findIndex(({ fault }) => fault);
  if (bad >= 0 && !options.isTolerant) throw new RowError(bad, rows[bad].fault!);
  const embedded: EmbeddedRow[] = [];
  const { queue, owner, signal } = options;
  const waiting = rows.entries();
  const work = async () => {
    for (const [i, row] of waiting) {
      embedded[i] = await queue.submit({ owner, run: () => embedRow(i, row, options) }, { signal });
    }
  };
  await Promise.all(Array.from({ length: Math.min(ROWS_OF_A_CALL, rows.length) }, work));
  return embedded;
}

async function embedRow(i: number, row: ParsedRow, options: EmbedRowsOptions): Promise<EmbeddedRow> {
  try {
    if (row.fault) throw new RowError(i, row.fault);
    return await embedHalves(i, row, options);
  } catch (error) {
    if (options.isTolerant && error instanceof RowError) return { fault: answerOf(error).body };
    throw error;
  }
}

async function embedHalves(
  i: number,
  { image, text }: ParsedRow,
  { embedder, profile, write, signal, onBegin, countsTokens, volumes }: EmbedRowsOptions,
): Promise<EmbeddedRow> {
  let turns = 0;
  const onImageTurn = () => onBegin(turns++ === 0 ? "preparing" : "computing");
  const embed = async (bytes: Uint8Array) => {
    if (!volumes || !isVolumeFile(bytes)) {
      return embedder.embedImage(bytes, { profile, signal, onBegin: onImageTurn });
    }
    onImageTurn();
    return (await embedVolume(embedder, bytes, { ...volumes, profile, signal })).vector;
  };
  const finish = async (column: "image" | "text", vector: Promise<Float32Array>) => {
    try {
      return write(await vector, column);
    } catch (error) {
      signal.throwIfAborted(); // the reason says more than "cancelled"
      if (!(error instanceof MedembedError) || !isRowFault(error.code)) throw error;
      throw new RowError(i, { code: error.code, message: error.message, column });
    }
  };
  const [imageHalf, textHalf] = await Promise.all([
    image && finish("image", embed(image)),
    text === undefined
      ? undefined
      : finish("text", embedder.embedText(text, { signal, onBegin: () => onBegin("computing") })),
  ]);
  return {
    ...(imageHalf && { image: imageHalf }),
    ...(textHalf && { text: textHalf }),
    // Once more after the embedder: some microseconds, for a plain way from text to vector.
    ...(countsTokens && text !== undefined && { tokens: embedder.tokenize(text).length }),
  };
}
