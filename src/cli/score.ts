import { readFile, stat, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { MedembedClient, type Row, type RowResult, ScoringError } from "../client/index.ts";
import { MedembedError } from "../errors.ts";
import { countFrames } from "../formats/dicom/count-frames.ts";
import { isDicom } from "../formats/dicom/open-dicom.ts";
import { type FileRecipe, openRecipe } from "../profiles/open-recipe.ts";
import { type JsonLines, jsonLines, openJsonLines } from "../vector-files/json-lines.ts";
import type { Run } from "./flags.ts";
import { countInputs, type InputArguments, listInputs } from "./inputs.ts";
import { text, wholeNumber } from "./options.ts";
import { Progress } from "./progress.ts";

/** A row with what it is called in the output. */
type NamedRow = Row & { readonly name: { readonly image: string } | { readonly text: string } };

export const score: Run = async ([request], options) => {
  const images = (options.image as string[] | undefined) ?? [];
  const texts = (options.text as string[] | undefined) ?? [];
  const hasRows = images.length + texts.length > 0;
  if (request === undefined && !hasRows) {
    throw new MedembedError("usage", "nothing to score: give a request file, --image or --text");
  }
  if (request !== undefined && hasRows) {
    throw new MedembedError("usage", "give either a request file or --image and --text, which build one");
  }
  const prepare = text(options, "prepare");
  if (request !== undefined && prepare !== undefined) {
    throw new MedembedError("usage", "a request file is sent as it is; --prepare goes with --image");
  }
  const recipe = openRecipe(prepare ?? "raw-file");
  const endpoint = text(options, "endpoint");
  if (endpoint === undefined) throw new MedembedError("usage", "score needs --endpoint <url>");
  const timeout = wholeNumber(options, "timeout", 1, 300);
  const retries = wholeNumber(options, "retries", 0, 1000);
  const progress = new Progress("rows");
  const client = new MedembedClient({
    endpoint,
    key: text(options, "key") ?? (process.env.MEDEMBED_KEY || undefined),
    deployment: text(options, "deployment"),
    timeoutMs: timeout && timeout * 1000,
    retries,
    prepare: recipe.prepare,
    onRetry: ({ error, waitMs }) => progress.note(`${error.message}; again in ${(waitMs / 1000).toFixed(1)} s`),
  });

  const leave = new AbortController();
  const interrupt = () => leave.abort(new MedembedError("cancelled", "interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const call = { client, recipe, out: text(options, "out"), isJson: options.json === true, signal: leave.signal };
  try {
    if (request !== undefined) return await sendFile(request, call);
    return await sendRows({ paths: images, texts, textsFile: undefined }, progress, call);
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    progress.note(`medembed: ${error.message}`);
    if (call.isJson) await jsonLines(process.stdout).write(describeError(error));
    return 1;
  } finally {
    progress.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
};

interface Call {
  readonly client: MedembedClient;
  /** What is done to images first. */
  readonly recipe: FileRecipe;
  readonly out: string | undefined;
  /** Failures stand among the results, too. */
  readonly isJson: boolean;
  readonly signal: AbortSignal;
}

/** A request as somebody wrote it, and the answer as it came. */
async function sendFile(path: string, { client, out, signal }: Call): Promise<number> {
  const body = path === "-" ? await buffer(process.stdin) : await readInput(path);
  const { bytes } = await client.post(body, { signal });
  if (out !== undefined) await writeFile(out, bytes).catch(failWriting(out));
  else {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
  return 0;
}

async function sendRows(inputs: InputArguments, progress: Progress, call: Call): Promise<number> {
  const { client, recipe, out, isJson, signal } = call;
  countInputs(inputs).then(
    (total) => {
      if (total !== undefined) progress.total = total;
    },
    () => {},
  ); // the listing itself will fail with the same reason
  const rows = namedRows(inputs, recipe, (note) => progress.note(note));
  let done = 0;
  let failed = 0;
  let lines: JsonLines | undefined; // opened with the first outcome: a call that fails leaves an older file as it is
  try {
    for await (const outcome of client.scoreAll(rows, { signal, params: recipe.params })) {
      lines ??= await openLines(out);
      const { index, row, error } = outcome;
      done++;
      if (error) {
        failed++;
        progress.note(`failed: ${"image" in row.name ? row.name.image : "a text"}: ${error.message}`);
      }
      const found = error ? describeError(error) : describe(outcome.result, "image" in row.name ? recipe.id : "");
      if (!error || isJson) await lines.write({ index, ...row.name, ...found });
      progress.add(1);
    }
  } finally {
    await lines?.close();
  }
  console.error(`${done - failed} rows, ${failed} failed, ${progress.end().toFixed(1)} s`);
  return failed > 0 ? 1 : 0;
}

async function openLines(out: string | undefined): Promise<JsonLines> {
  if (out === undefined) return jsonLines(process.stdout);
  const fail = failWriting(out);
  const lines = await openJsonLines(out).catch(fail);
  return { write: (value) => lines.write(value).catch(fail), close: () => lines.close().catch(fail) };
}

function describeError({ code, message, status }: ScoringError): object {
  return { error: { code, message, status } };
}

/**
 * The vector stands last, as `medembed embed` has it.
 * @param recipe what stands behind the endpoint's profile: vectors of different recipes do not compare
 */
function describe({ image, text, labels, scalingFactor, weights, profile: own }: RowResult, recipe: string): object {
  const vector = image ?? text;
  const profile = recipe === "" ? own : `${own ?? "unknown"};${recipe}`;
  return { weights, profile, scaling_factor: scalingFactor, labels, vector: vector && Array.from(vector) };
}

async function* namedRows(
  inputs: InputArguments,
  recipe: FileRecipe,
  tell: (note: string) => void,
): AsyncGenerator<NamedRow> {
  for await (const { kind, id } of listInputs(inputs)) {
    if (kind === "text") yield { text: id, name: { text: id } };
    else yield { image: () => readPicture(id, recipe, tell), name: { image: id } };
  }
}

async function readPicture(path: string, { id }: FileRecipe, tell: (note: string) => void): Promise<Uint8Array> {
  const bytes = await readInput(path);
  const isUnsaid = id !== "" && !id.includes(";frame=");
  const frames = isUnsaid && isDicom(bytes) ? countFrames(bytes) : 1;
  if (frames > 1) tell(`${path}: the first of ${frames} frames; another by frame=N in --prepare`);
  return bytes;
}

async function readInput(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("not-found", `${path} is no file`);
  return readFile(path);
}

function failWriting(path: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code ?? cause}`, { cause });
  };
}
