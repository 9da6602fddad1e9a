import { setMaxListeners } from "node:events";
import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import { addFiles } from "../../library/add-files.ts";
import { Library } from "../../library/library.ts";
import { identitiesOf, spaceOf } from "../../library/vector-space.ts";
import { watchFiles } from "../../library/watch-files.ts";
import { isS3Address } from "../../s3/s3-source.ts";
import { type JsonLines, openJsonLines } from "../../vector-files/json-lines.ts";
import { listDicomWeb } from "../dicomweb.ts";
import type { Run } from "../flags.ts";
import { gatherSeries } from "../gather-series.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "../inputs.ts";
import { modelOptions, text } from "../options.ts";
import { Progress } from "../progress.ts";
import { returnFreedMemory } from "../return-freed-memory.ts";
import { volumeOptions } from "../volume-options.ts";
import { addSources } from "./add-sources.ts";
import { openIdentify } from "./identities.ts";
import { labelsOf, libraryUri, texts } from "./library-options.ts";
import { sourceEmbedder } from "./source-embedder.ts";
import { tellOutcome } from "./tell-outcome.ts";

export const add: Run = async (paths, options) => {
  if (options.queue !== undefined) return (await import("./add-by-queue.ts")).addThroughQueue(paths, options);
  await returnFreedMemory();
  const uri = libraryUri(options);
  const labels = labelsOf(texts(options, "label"));
  const failuresPath = text(options, "failures");
  const inputs: InputArguments = { paths, texts: [], textsFile: undefined };
  const interruption = new AbortController();
  const { signal } = interruption;
  const { profile, settings, isPerSeries } = volumeOptions(options);
  const fromServer = listDicomWeb(options, { note: (message) => progress.note(message), signal, isPerSeries });
  if (paths.length === 0 && !fromServer) throw new MedembedError("usage", "nothing to add: give a path or --dicomweb");
  if (fromServer && options.watch) throw new MedembedError("usage", "--watch looks into folders, not at servers");
  if (options.watch && paths.some(isS3Address))
    throw new MedembedError("usage", "--watch looks into folders, not buckets");
  if (isPerSeries && options.watch) {
    throw new MedembedError("usage", "--watch takes files one by one; a series is known when all its files are there");
  }
  const identify = await openIdentify(options);
  const embedder = await Embedder.open({ ...modelOptions(options), profile });
  setMaxListeners(0, signal); // every slice in work listens
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = new Progress(isPerSeries ? "files and series" : "files");
  if (!options.watch && !fromServer && !isPerSeries) showTotal(inputs, progress);
  const counts = { stored: 0, known: 0, failed: 0 };
  let failures: JsonLines | undefined;
  try {
    const adding = sourceEmbedder(embedder, settings, signal);
    const library = await Library.openOrCreate({ uri }, { ...spaceOf(adding), identities: identitiesOf(identify) });
    try {
      failures = failuresPath === undefined ? undefined : await openJsonLines(failuresPath);
      const listed = options.watch ? watched(inputs, signal) : listInputs(inputs, signal);
      const found = isPerSeries ? gatherSeries(listed, embedder, signal) : listed;
      const sources = addSources([found, ...(fromServer ? [fromServer] : [])], embedder, identify);
      for await (const outcome of addFiles(library, adding, sources, { identify, labels })) {
        counts[outcome.outcome]++;
        progress.add(1);
        await tellOutcome(outcome, progress, failures, options.json === true);
      }
    } finally {
      await failures?.close();
      await library.close();
    }
  } finally {
    await embedder.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const seconds = progress.end();
  const { stored, known, failed } = counts;
  const isInterrupted = signal.aborted && !options.watch; // a watch has no other end
  console.error(
    `${stored} stored, ${known} known, ${failed} failed, ${seconds.toFixed(1)} s${isInterrupted ? ", interrupted" : ""}`,
  );
  return failed > 0 || isInterrupted ? 1 : 0;
};

function showTotal(inputs: InputArguments, progress: Progress): void {
  countInputs(inputs).then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {}, // the listing itself will fail with the same reason
  );
}

async function* watched(inputs: InputArguments, signal: AbortSignal): AsyncGenerator<Input> {
  async function* paths() {
    for await (const { id } of listInputs(inputs, signal)) yield id;
  }
  for await (const id of watchFiles(paths, signal)) yield { kind: "image", id };
}
