import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type ErrorCode, MedembedError } from "../errors.ts";
import { Fingerprints } from "../library/fingerprints.ts";
import type { Library } from "../library/library.ts";
import type { ShardQueue } from "./bullmq.ts";
import type { LibrarySpec } from "./run-spec.ts";
import { failedOutcome, type InputDetails, type InputOutcome, LATE, type RecordDetails, type Runs } from "./runs.ts";
import type { ShardInput } from "./shard.ts";

/** A line of the manifest, one an input. */
export type ManifestLine = { readonly path: string } & (
  | ({ readonly outcome: "stored" | "known"; readonly id: string } & RecordDetails)
  | Lacking<"failed">
  /** Not begun by the deadline, and still to be done. */
  | Lacking<"left">
);

type Lacking<Outcome> = {
  readonly outcome: Outcome;
  readonly code: ErrorCode;
  readonly reason: string;
} & InputDetails;

export interface ManifestCounts {
  readonly inputs: number;
  readonly stored: number;
  readonly known: number;
  readonly failed: number;
  readonly left: number;
}

export interface Manifest {
  readonly counts: ManifestCounts;
  /** Shards that contradict the library or have no outcome; where there is one the manifest is not written. */
  readonly faulty: readonly string[];
}

export interface ManifestOptions {
  readonly path: string;
  readonly run: string;
  readonly spec: LibrarySpec;
  /** SHA-256 of the planned paths, each with a line break, in their order. */
  readonly planned: string;
  /** Whether its deadline has passed: what is on the queue still is left. */
  readonly isLate: boolean;
}

/**
 * Writes what has become of every input of a run, a JSON line each, in their order, between a line that says what was run and one
 * that counts. It appears whole, and only if it is true: the inputs are those that were planned, each once, and the library has each
 * of the ids once.
 * @throws MedembedError "write-failed"
 */
export async function writeManifest(
  { runs, queue, library }: { readonly runs: Runs; readonly queue: ShardQueue; readonly library: Library },
  { path, run, spec, planned, isLate }: ManifestOptions,
): Promise<Manifest> {
  const temporary = `${path}.part`;
  const ids = await countIds(library);
  const counts = { inputs: 0, stored: 0, known: 0, failed: 0, left: 0 };
  const faulty: string[] = [];
  const stored = new Fingerprints();
  const paths = createHash("sha256");
  const { kind: _, library: uri, head, ...asked } = spec;
  const file = await writing(path, () => open(temporary, "w"));
  try {
    await appendLines(file, path, [{ manifest: 1, run, library: uri, ...head, ...asked }]);
    for await (const { shard, outcomes } of outcomesOf(runs, queue, { run, isLate })) {
      const isSound = outcomes?.every(
        ([, outcome, id]) => outcome === "failed" || outcome === "left" || ids.isOnce(id),
      );
      if (!outcomes || !isSound) {
        faulty.push(shard);
        continue;
      }
      const lines = outcomes.map((outcome) => lineOf(outcome, stored));
      for (const line of lines) {
        counts.inputs++;
        counts[line.outcome]++;
        paths.update(`${line.path}\n`);
      }
      await appendLines(file, path, lines);
    }
    const digest = paths.digest("hex");
    if (faulty.length > 0) return { counts, faulty };
    if (digest !== planned) throw new Error("the outcomes of a run are not those of its inputs");
    await appendLines(file, path, [{ ...counts, records: ids.records, paths: digest }]);
    await writing(path, () => file.sync());
    await rename(temporary, path);
    return { counts, faulty };
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

/** What stands in a manifest of an input, which may have no outcome yet. */
type Told =
  | InputOutcome
  | readonly [path: string, outcome: "left", code: ErrorCode, reason: string, more?: InputDetails];

/** Of shards that were taken apart those of their parts, of those that were given up or left that they were. */
async function* outcomesOf(
  runs: Runs,
  queue: ShardQueue,
  { run, isLate }: Pick<ManifestOptions, "run" | "isLate">,
): AsyncGenerator<{ readonly shard: string; readonly outcomes: readonly Told[] | undefined }> {
  const unsettled = async (shard: string) => {
    const found = await queue.find(run, shard);
    const fault = found?.fault ?? (isLate ? LATE : undefined);
    return fault && found?.inputs.map((input) => toldOf(input, fault));
  };
  const find = async (shard: string): Promise<readonly Told[] | undefined> => {
    const outcome = await runs.outcome(run, shard);
    if (!outcome) return unsettled(shard);
    if ("inputs" in outcome) return outcome.inputs;
    const parts = await Promise.all(outcome.split.map(find));
    return parts.includes(undefined) ? undefined : parts.flatMap((part) => part!);
  };
  for await (const shard of runs.shards(run)) yield { shard, outcomes: await find(shard) };
}

function toldOf(input: ShardInput, { code, reason }: { readonly code: ErrorCode; readonly reason: string }): Told {
  const failed = failedOutcome(input, code, reason);
  if (code !== LATE.code) return failed;
  const [path, , ...rest] = failed;
  return [path, "left", ...rest];
}

/** Every id of a library, some dozens of bytes each. */
async function countIds(library: Library) {
  const there = new Fingerprints();
  const twice = new Fingerprints();
  let records = 0;
  for await (const id of library.ids()) {
    records++;
    (there.has(id) ? twice : there).add(id);
  }
  return { records, isOnce: (id: string) => there.has(id) && !twice.has(id) };
}

/** Of inputs with one content that several workers had at once, and each has stored, the first has. */
function lineOf(outcome: Told, stored: Fingerprints): ManifestLine {
  if (outcome[1] === "failed" || outcome[1] === "left") {
    const [path, is, code, reason, more] = outcome;
    return { path, outcome: is, code, reason, ...more };
  }
  const [path, is, id, more] = outcome;
  const isFirst = is === "stored" && !stored.has(id);
  if (isFirst) stored.add(id);
  return { path, outcome: isFirst ? "stored" : "known", id, ...more };
}

/** The lines of inputs in a manifest. */
export async function* readManifest(path: string): AsyncGenerator<ManifestLine> {
  for await (const line of createInterface({ input: createReadStream(path, "utf8") })) {
    const value = JSON.parse(line);
    if (value.path !== undefined) yield value;
  }
}

function appendLines(file: FileHandle, path: string, lines: readonly object[]): Promise<void> {
  return writing(path, () => file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
}

async function writing<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  return write().catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${path}: ${cause.code}`, { cause });
  });
}
