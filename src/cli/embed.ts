import { setMaxListeners } from "node:events";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Run } from "./commands.ts";
import { listDicomWeb } from "./dicomweb.ts";
import { embedInput } from "./embed-input.ts";
import { gatherSeries } from "./gather-series.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "./inputs.ts";
import { modelOptions, text } from "./options.ts";
import { Progress } from "./progress.ts";
import { volumeOptions } from "./volume-options.ts";
import { writerOf } from "./writers/writer.ts";

/** Inputs in work at a time: enough for the engine to find the next batch ready, few enough to keep memory small. */
const INPUTS_IN_WORK = 32;

export const embed: Run = async (paths, options) => {
  const inputs: InputArguments = {
    paths,
    texts: (options.text as string[] | undefined) ?? [],
    textsFile: text(options, "texts"),
  };
  const stop = new AbortController();
  const fromServer = listDicomWeb(options, (message) => progress.note(message), stop.signal);
  if (paths.length === 0 && inputs.texts.length === 0 && inputs.textsFile === undefined && !fromServer) {
    throw new MedembedError("usage", "nothing to embed: give a path, --text, --texts or --dicomweb");
  }
  const openWriter = writerOf(text(options, "out"));
  const { profile, settings, isPerSeries, vectorLengths, isForVolumesAlone } = volumeOptions(options);
  if (isForVolumesAlone && (inputs.texts.length > 0 || inputs.textsFile !== undefined)) {
    throw new MedembedError("usage", `--aggregate ${settings.aggregate} is for slices, not for texts`);
  }
  const embedder = await Embedder.open({ ...modelOptions(options), profile });
  const progress = new Progress("inputs");
  const counted = fromServer || isPerSeries ? Promise.resolve(undefined) : countInputs(inputs);
  counted.then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {},
  ); // the listing itself will fail with the same reason

  // Finished work stays: after an interruption no new input is begun, those in work are completed and written.
  setMaxListeners(0, stop.signal); // every slice in work listens
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

  let done = 0;
  let failed = 0;
  try {
    const writer = await openWriter(vectorLengths * embedder.card.projection); // only now: a model that cannot be opened leaves an older file as it is
    try {
      const listed = oneAfterTheOther(listInputs(inputs, stop.signal), fromServer);
      const found = isPerSeries ? gatherSeries(listed, embedder, stop.signal) : listed;
      const outcomes = inParallel(found, { width: INPUTS_IN_WORK }, (input) =>
        embedInput(embedder, input, { settings, signal: stop.signal }),
      );
      for await (const { records, failed: failures, notes } of outcomes) {
        for (const record of records) await writer.write(record);
        for (const note of notes) progress.note(`note: ${note}`);
        for (const { id, reason } of failures) progress.note(`failed: ${id}: ${reason}`);
        done += records.length;
        failed += failures.length;
        progress.add(1);
      }
    } finally {
      await writer.close();
    }
  } finally {
    await embedder.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const seconds = progress.end();
  console.error(
    `${done} vectors, ${failed} failed, ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)}/s${stop.signal.aborted ? ", interrupted" : ""}`,
  );
  return failed > 0 || stop.signal.aborted ? 1 : 0;
};

async function* oneAfterTheOther(
  first: AsyncIterable<Input>,
  second: AsyncIterable<Input> | undefined,
): AsyncGenerator<Input> {
  yield* first;
  if (second) yield* second;
}
