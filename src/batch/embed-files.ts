import { setMaxListeners } from "node:events";
import { MedembedError } from "../errors.ts";
import { type BatchEmbedder, type EmbeddedRow, embedRow } from "./embed-row.ts";
import { hashInput, type InputFile, identityOf } from "./input-files.ts";
import type { BatchState, Failure, FileRecord } from "./journal.ts";
import type { RowChunk } from "./read-rows.ts";
import { Reading } from "./reading.ts";
import { checkSignal } from "./resume.ts";
import { RowWriter } from "./row-writer.ts";

/** Chunks of rows in work: while the oldest is written, the engine has the next ones, also those of the next file. */
const CHUNKS_IN_WORK = 4;

export interface EmbedFilesOptions {
  readonly outFolder: string;
  readonly embedder: BatchEmbedder;
  readonly profile: string;
  readonly signal: AbortSignal | undefined;
  readonly onCommit: (written: Written) => void;
}

/** What is safe after a chunk of rows was written. */
interface Written {
  /** Every file that is done, and at the end the one that the rows are of. */
  readonly records: readonly FileRecord[];
  /** Those of the chunk. */
  readonly failures: readonly Failure[];
  /** How far the file of the chunk has been read. */
  readonly bytesRead: number;
}

/** A chunk of rows with what is known of its file. */
interface FileChunk extends RowChunk {
  readonly input: InputFile;
  readonly sha256: string;
}

/**
 * Embeds all rows that are not in the state, and writes them in their order.
 * @returns what is known of every file
 * @throws MedembedError as `runBatch`
 */
export async function embedFiles(
  inputs: readonly InputFile[],
  state: BatchState,
  { outFolder, embedder, profile, signal, onCommit }: EmbedFilesOptions,
): Promise<readonly FileRecord[]> {
  const writer = await RowWriter.open(outFolder, state, embedder.card.logitScale);
  const reading = new Reading();
  const failed = new AbortController(); // when one chunk fails, nobody waits for the others
  const patience = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  setMaxListeners(0, patience); // every row in work listens
  const begun: { readonly chunk: FileChunk; readonly rows: Promise<EmbeddedRow[]> }[] = [];

  const commitOldest = async () => {
    checkSignal(signal);
    const { chunk, rows } = begun.shift()!;
    const { input, sha256, isEnd, bytesRead } = chunk;
    const failures = await writer.write(await rows, { file: input.file, sha256, isEnd });
    onCommit({ records: writer.records, failures, bytesRead });
  };

  try {
    for await (const chunk of readChunks(inputs.slice(state.finished.length), state.unfinished?.rows ?? 0, reading)) {
      checkSignal(signal);
      const rows = Promise.all(chunk.rows.map((row) => embedRow(row, { embedder, profile, signal: patience })));
      rows.catch(() => {}); // reported when its turn comes
      begun.push({ chunk, rows });
      if (begun.length === CHUNKS_IN_WORK) await commitOldest();
    }
    while (begun.length > 0) await commitOldest();
    return writer.records;
  } catch (error) {
    checkSignal(signal); // then it is the stop that rows failed of
    throw error;
  } finally {
    failed.abort();
    await reading.close();
    await writer.close();
  }
}

/** The rows of all files, chunk by chunk, without the first few of the first file. */
async function* readChunks(inputs: readonly InputFile[], skip: number, reading: Reading): AsyncGenerator<FileChunk> {
  for (const [i, input] of inputs.entries()) {
    const before = await identityOf(input);
    const sha256 = await hashInput(input);
    for await (const chunk of reading.read(input.path, i === 0 ? skip : 0)) {
      if (chunk.isEnd && (await identityOf(input)) !== before) {
        throw new MedembedError("usage", `${input.path} was changed while it was read; run again when it is complete`);
      }
      yield { ...chunk, input, sha256 };
    }
  }
}
