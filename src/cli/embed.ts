import { setMaxListeners } from "node:events";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import { writerOf } from "../vector-files/vector-file.ts";
import { listDicomWeb } from "./dicomweb.ts";
import { embedInput, type VectorRecord } from "./embed-input.ts";
import type { Run } from "./flags.ts";
import { gatherSeries } from "./gather-series.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "./inputs.ts";
import { modelOptions, text } from "./options.ts";
import { Progress } from "./progress.ts";
import { volumeOptions } from "./volume-options.ts";

/** Inputs in work at a time: enough for the engine to find the next batch ready, few enough to keep memory small. */
const INPUTS_IN_WORK = 32;

/** What stands in the output beside a vector. */
const COLUMNS = {
  id: "text",
  kind: "text",
  model: "text",
  weights: "text",
  profile: "text",
  precision: "text",
} as const satisfies Record<Exclude<keyof VectorRecord, "vector">, "text">;

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
    const dimensions = vectorLengths * embedder.card.projection;
    const writer = await openWriter({ columns: COLUMNS, dimensions }); // only now: a model that cannot be opened leaves an older file as it is
    try {
      const listed = oneAfterTheOther(listInputs(inputs, stop.signal), fromServer);
      const found = isPerSeries ? gatherSeries(listed, embedder, stop.signal) : listed;
      const outcomes = inParallel(found, { width: INPUTS_IN_WORK }, (input) =>
        embedInput(embedder, input, { settings, signal: stop.signal }),
      );
      for await (const { records, failed: failures, notes } of outcomes) {
        for (const { vector, ...columns } of records) await writer.write(columns, vector);
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
