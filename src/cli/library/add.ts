import { Embedder } from "../../embedder.ts";
import { addFiles } from "../../library/add-files.ts";
import { Library } from "../../library/library.ts";
import { spaceOf } from "../../library/vector-space.ts";
import { jsonLines } from "../../vector-files/json-lines.ts";
import type { Run } from "../flags.ts";
import { countInputs, listInputs } from "../inputs.ts";
import { modelOptions } from "../options.ts";
import { Progress } from "../progress.ts";
import { labelsOf, libraryUri } from "./library-options.ts";

/** `medembed library add`: one line each for failures, and with --json for every file. */
export const add: Run = async (paths, options) => {
  const uri = libraryUri(options);
  const labels = labelsOf(options.label as string[] | undefined);
  const inputs = { paths, texts: [], textsFile: undefined };
  const embedder = await Embedder.open(modelOptions(options));
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const counts = { stored: 0, known: 0, failed: 0 };
  const progress = new Progress("files");
  countInputs(inputs).then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {},
  );
  const lines = jsonLines(process.stdout);
  try {
    const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
    try {
      for await (const outcome of addFiles(library, embedder, pathsOf(inputs, stop.signal), { labels })) {
        counts[outcome.outcome]++;
        if (outcome.outcome === "failed") progress.note(`failed: ${outcome.path}: ${outcome.reason}`);
        if (options.json) await lines.write(outcome);
        progress.add(1);
      }
    } finally {
      await library.close();
    }
  } finally {
    await embedder.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  const seconds = progress.end();
  console.error(
    `${counts.stored} stored, ${counts.known} known, ${counts.failed} failed, ${seconds.toFixed(1)} s${stop.signal.aborted ? ", interrupted" : ""}`,
  );
  return counts.failed > 0 || stop.signal.aborted ? 1 : 0;
};

async function* pathsOf(inputs: Parameters<typeof listInputs>[0], signal: AbortSignal): AsyncGenerator<string> {
  for await (const { id } of listInputs(inputs, signal)) yield id;
}
