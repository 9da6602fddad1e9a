import { readFile, stat, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { MedembedClient, type Outcome, type Row, ScoringError } from "../client/index.ts";
import { MedembedError } from "../errors.ts";
import { type JsonLines, jsonLines, openJsonLines } from "../vector-files/json-lines.ts";
import type { Run } from "./flags.ts";
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
    onRetry: ({ error, waitMs }) => progress.note(`${error.message}; again in ${(waitMs / 1000).toFixed(1)} s`),
  });

  const leave = new AbortController();
  const interrupt = () => leave.abort(new MedembedError("cancelled", "interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const call = { client, out: text(options, "out"), isJson: options.json === true, signal: leave.signal };
  try {
    if (request !== undefined) return await sendFile(request, call);
    return await sendRows(namedRows(images, texts), images.length + texts.length, progress, call);
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    progress.note(`medembed: ${error.message}`);
    if (call.isJson) await jsonLines(process.stdout).write(describe(error));
    return 1;
  } finally {
    progress.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
};

interface Call {
  readonly client: MedembedClient;
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

async function sendRows(rows: Iterable<NamedRow>, total: number, progress: Progress, call: Call): Promise<number> {
  const { client, out, isJson, signal } = call;
  progress.total = total;
  let failed = 0;
  let lines: JsonLines | undefined; // opened with the first outcome: a call that fails leaves an older file as it is
  try {
    for await (const outcome of client.scoreAll(rows, { signal })) {
      lines ??= await openLines(out);
      const { index, row, error } = outcome;
      if (error) {
        failed++;
        progress.note(`failed: ${"image" in row.name ? row.name.image : "a text"}: ${error.message}`);
      }
      if (!error || isJson) await lines.write({ index, ...row.name, ...describe(error ?? outcome.result) });
      progress.add(1);
    }
  } finally {
    await lines?.close();
  }
  console.error(`${total - failed} rows, ${failed} failed, ${progress.end().toFixed(1)} s`);
  return failed > 0 ? 1 : 0;
}

async function openLines(out: string | undefined): Promise<JsonLines> {
  if (out === undefined) return jsonLines(process.stdout);
  const fail = failWriting(out);
  const lines = await openJsonLines(out).catch(fail);
  return { write: (value) => lines.write(value).catch(fail), close: () => lines.close().catch(fail) };
}

/** The vector stands last, as `medembed embed` has it. */
function describe(found: NonNullable<Outcome["result"]> | ScoringError): object {
  if (found instanceof ScoringError) {
    const { code, message, status } = found;
    return { error: { code, message, status } };
  }
  const { image, text, labels, scalingFactor, weights, profile } = found;
  const vector = image ?? text;
  return { weights, profile, scaling_factor: scalingFactor, labels, vector: vector && Array.from(vector) };
}

function* namedRows(images: readonly string[], texts: readonly string[]): Generator<NamedRow> {
  for (const image of images) yield { image: () => readInput(image), name: { image } };
  for (const text of texts) yield { text, name: { text } };
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
