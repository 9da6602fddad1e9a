import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import type { Identify } from "../../facts.ts";
import { type AddOutcome, addFiles, type PictureSource } from "../../library/add-files.ts";
import { Library } from "../../library/library.ts";
import { identitiesOf, spaceOf } from "../../library/vector-space.ts";
import { watchFiles } from "../../library/watch-files.ts";
import { type JsonLines, jsonLines, openJsonLines } from "../../vector-files/json-lines.ts";
import { listDicomWeb } from "../dicomweb.ts";
import type { Run } from "../flags.ts";
import { countInputs, type Input, type InputArguments, listInputs } from "../inputs.ts";
import { modelOptions, text } from "../options.ts";
import { Progress } from "../progress.ts";
import { embedFile } from "./embed-file.ts";
import { openIdentify } from "./identities.ts";
import { labelsOf, libraryUri, texts } from "./library-options.ts";

export const add: Run = async (paths, options) => {
  const uri = libraryUri(options);
  const labels = labelsOf(texts(options, "label"));
  const failuresPath = text(options, "failures");
  const inputs: InputArguments = { paths, texts: [], textsFile: undefined };
  const interruption = new AbortController();
  const { signal } = interruption;
  const fromServer = listDicomWeb(options, (message) => progress.note(message), signal);
  if (paths.length === 0 && !fromServer) throw new MedembedError("usage", "nothing to add: give a path or --dicomweb");
  if (fromServer && options.watch) throw new MedembedError("usage", "--watch looks into folders, not at servers");
  const identify = await openIdentify(options);
  const embedder = await Embedder.open(modelOptions(options));
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = new Progress("files");
  if (!options.watch && !fromServer) showTotal(inputs, progress);
  const files = options.watch ? watchFiles(() => pathsOf(inputs, signal), signal) : pathsOf(inputs, signal);
  const pictures = picturesOf(files, fromServer, identify);
  const counts = { stored: 0, known: 0, failed: 0 };
  let failures: JsonLines | undefined;
  try {
    const library = await Library.openOrCreate({ uri }, { ...spaceOf(embedder), identities: identitiesOf(identify) });
    try {
      failures = failuresPath === undefined ? undefined : await openJsonLines(failuresPath);
      const { card, profile } = embedder;
      const embedImage = (bytes: Uint8Array) => embedFile(embedder, bytes);
      for await (const file of addFiles(library, { card, profile, embedImage }, pictures, { identify, labels })) {
        counts[file.outcome]++;
        progress.add(1);
        await tell(file, progress, failures, options.json === true);
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

async function tell(
  file: AddOutcome,
  progress: Progress,
  failures: JsonLines | undefined,
  isJson: boolean,
): Promise<void> {
  if (isJson) await jsonLines(process.stdout).write(file);
  if (file.outcome !== "failed") return;
  const { path, code, reason } = file;
  progress.note(`failed: ${path}: ${reason}`);
  await failures?.write({ path, code, reason });
}

function showTotal(inputs: InputArguments, progress: Progress): void {
  countInputs(inputs).then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {}, // the listing itself will fail with the same reason
  );
}

async function* picturesOf(
  files: AsyncIterable<string>,
  fromServer: AsyncIterable<Input> | undefined,
  identify: Identify,
): AsyncGenerator<PictureSource> {
  for await (const path of files) yield { path };
  if (!fromServer) return;
  for await (const { id, name = id, fetch } of fromServer) {
    yield { source: `dicomweb:${identify("instance", id)}`, name, fetch: fetch! };
  }
}

async function* pathsOf(inputs: InputArguments, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { id } of listInputs(inputs, signal)) yield id;
}
