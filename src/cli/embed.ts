import { readFile, stat } from "node:fs/promises";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import { writerOf } from "../vector-files/vector-file.ts";
import { listDicomWeb } from "./dicomweb.ts";
import type { Run } from "./flags.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "./inputs.ts";
import { modelOptions, text } from "./options.ts";
import { Progress } from "./progress.ts";

/** Larger than any single picture in use; a file beyond it is reported before it is read. */
const MAX_FILE_BYTES = 2 ** 30;
/** Inputs in work at a time: enough for the engine to find the next batch ready, few enough to keep memory small. */
const INPUTS_IN_WORK = 32;

/** A vector with all that decides whether it compares with another one. */
interface VectorRecord {
  readonly id: string;
  readonly kind: "image" | "text";
  readonly model: string;
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly profile: string;
  readonly precision: string;
  readonly vector: Float32Array;
}

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
  const embedder = await Embedder.open(modelOptions(options));
  const progress = new Progress("inputs");
  const counted = fromServer ? Promise.resolve(undefined) : countInputs(inputs);
  counted.then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {},
  ); // the listing itself will fail with the same reason

  // Finished work stays: after an interruption no new input is begun, those in work are completed and written.
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

  let done = 0;
  let failed = 0;
  try {
    const writer = await openWriter({ columns: COLUMNS, dimensions: embedder.card.projection }); // only now: a model that cannot be opened leaves an older file as it is
    try {
      const found = oneAfterTheOther(listInputs(inputs, stop.signal), fromServer);
      const outcomes = inParallel(found, { width: INPUTS_IN_WORK }, (input) => embedInput(embedder, input));
      for await (const outcome of outcomes) {
        if ("vector" in outcome) {
          const { vector, ...columns } = outcome;
          await writer.write(columns, vector);
          done++;
        } else {
          failed++;
          progress.note(`failed: ${outcome.id}: ${outcome.reason}`);
        }
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

async function embedInput(
  embedder: Embedder,
  { kind, id, name = id, fetch = () => readImageFile(id) }: Input,
): Promise<VectorRecord | { id: string; reason: string }> {
  const { card, profile } = embedder;
  try {
    const vector = kind === "text" ? await embedder.embedText(id) : await embedder.embedImage(await fetch());
    return { id, kind, model: card.name, weights: card.weights, profile, precision: card.precision, vector };
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    return { id: kind === "text" ? "a text" : name, reason: error.message };
  }
}

async function readImageFile(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", "no such file");
  if (found.size > MAX_FILE_BYTES)
    throw new MedembedError("image-too-large", `${found.size} bytes, at most ${MAX_FILE_BYTES} are read`);
  return readFile(path);
}
