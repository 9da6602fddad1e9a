import { setMaxListeners } from "node:events";
import type { Embedder } from "../embedder.ts";
import { inParallel } from "../in-parallel.ts";
import { listDicomWeb } from "./dicomweb.ts";
import { embedInput, type VectorRecord } from "./embed-input.ts";
import { gatherSeries } from "./gather-series.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "./inputs.ts";
import { noteAboveBar, Progress } from "./progress.ts";
import type { RemoteSeries } from "./remote-series.ts";
import { type VolumeOptions, volumeOptions } from "./volume-options.ts";

/** Inputs in work at a time: enough for the engine to find the next batch ready, few enough to keep memory small. */
const INPUTS_IN_WORK = 32;

/** What a command line asks to embed. */
export interface EmbedPlan extends VolumeOptions {
  readonly inputs: InputArguments;
  readonly fromServer: AsyncIterable<Input | RemoteSeries> | undefined;
  /** Ends the list of inputs, and work on volumes. */
  readonly stop: AbortController;
}

/** What came of it. */
interface EmbedTally {
  /** Vectors. */
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
  readonly isInterrupted: boolean;
}

/** Reads what `--dicomweb`, `--per` and the like say; nothing is listed or opened yet. @throws MedembedError "usage" */
export function planEmbedding(inputs: InputArguments, options: Readonly<Record<string, unknown>>): EmbedPlan {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // every slice in work listens
  const volumes = volumeOptions(options);
  const { isPerSeries } = volumes;
  const fromServer = listDicomWeb(options, { note: noteAboveBar, signal: stop.signal, isPerSeries });
  return { inputs, fromServer, stop, ...volumes };
}

/**
 * Embeds everything in its order; what failed is told on standard error, with how far the work has come. Finished work stays:
 * after an interruption no new input is begun, and those in work are completed and taken.
 * @param take given each record, one after the other
 */
export async function embedAll(
  plan: EmbedPlan,
  embedder: Embedder,
  take: (record: VectorRecord) => Promise<void>,
): Promise<EmbedTally> {
  const { inputs, fromServer, isPerSeries, settings, stop } = plan;
  const progress = new Progress("inputs");
  const counted = fromServer || isPerSeries ? Promise.resolve(undefined) : countInputs(inputs);
  counted.then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {},
  ); // the listing itself will fail with the same reason

  let done = 0;
  let failed = 0;
  const listed = listInputs(inputs, stop.signal);
  const found = isPerSeries ? gatherSeries(listed, embedder, stop.signal) : listed;
  const outcomes = inParallel(oneAfterTheOther(found, fromServer), { width: INPUTS_IN_WORK }, (input) =>
    embedInput(embedder, input, { settings, signal: stop.signal }),
  );
  for await (const { records, failed: failures, notes } of outcomes) {
    for (const record of records) await take(record);
    for (const note of notes) noteAboveBar(`note: ${note}`);
    for (const { id, reason } of failures) noteAboveBar(`failed: ${id}: ${reason}`);
    done += records.length;
    failed += failures.length;
    progress.add(1);
  }
  return { done, failed, seconds: progress.end(), isInterrupted: stop.signal.aborted };
}

/** Says on standard error what came of it, once that is written. @returns the exit code */
export function tellTally({ done, failed, seconds, isInterrupted }: EmbedTally): number {
  const rate = `${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)}/s`;
  console.error(`${done} vectors, ${failed} failed, ${rate}${isInterrupted ? ", interrupted" : ""}`);
  return failed > 0 || isInterrupted ? 1 : 0;
}

/** Lets Ctrl-C and SIGTERM end the work in order, once, until the result is called: the next one ends the process. */
export function stopOnSignals({ stop }: EmbedPlan): () => void {
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  return () => process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
}

async function* oneAfterTheOther<Item, Other>(
  first: AsyncIterable<Item>,
  second: AsyncIterable<Other> | undefined,
): AsyncGenerator<Item | Other> {
  yield* first;
  if (second) yield* second;
}
