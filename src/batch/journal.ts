import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";
import type { Fault } from "./read-rows.ts";

export const JOURNAL_NAME = "journal.jsonl";

/** What decides about the bytes of the outputs beside the inputs; the journal's first line. */
export interface Maker {
  /** Version. */
  readonly medembed: string;
  readonly model: string;
  /** SHA-256. */
  readonly weights: string;
  readonly profile: string;
  readonly precision: string;
}

/** A failed row; without `row` it is the header of the file that is at fault. */
export interface Failure extends Fault {
  readonly row?: number;
}

/** Every other line of the journal: rows that are in the outputs and flushed. */
export interface Commit {
  readonly file: string;
  /** Of the whole file. */
  readonly sha256: string;
  /** Rows of the file that are done by now, failed ones among them. */
  readonly rows: number;
  readonly isEnd: boolean;
  /** Those since the commit before. */
  readonly failures: readonly Failure[];
  /** Lengths of the outputs, in bytes. */
  readonly csv: number;
  readonly jsonl: number;
}

/** What is known of an input file, done or begun. */
export interface FileRecord {
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
  readonly failed: number;
}

/** Up to where journal and outputs are good, in bytes. */
interface Lengths {
  readonly journal: number;
  readonly csv: number;
  readonly jsonl: number;
}

/** How far a batch has come. */
export interface BatchState {
  /** In the order of their names. */
  readonly finished: readonly FileRecord[];
  readonly unfinished?: FileRecord | undefined;
  readonly lengths: Lengths;
  /** The same without the unfinished file. */
  readonly finishedLengths: Lengths;
}

/** All files that are done or begun. */
export function doneBy({ finished, unfinished }: Pick<BatchState, "finished" | "unfinished">): readonly FileRecord[] {
  return unfinished ? [...finished, unfinished] : finished;
}

/** @returns undefined where there is no journal, or none that got as far as its first line @throws MedembedError "usage" */
export async function readJournal(folder: string): Promise<{ maker: Maker; state: BatchState } | undefined> {
  let maker: Maker | undefined;
  const finished: FileRecord[] = [];
  let unfinished: FileRecord | undefined;
  let lengths: Lengths = { journal: 0, csv: 0, jsonl: 0 };
  let finishedLengths = lengths;
  for await (const { value, end } of linesOf(folder)) {
    if (!maker) {
      maker = value as Maker;
      lengths = { ...lengths, journal: end };
      finishedLengths = lengths;
      continue;
    }
    const { file, sha256, rows, isEnd, failures, csv, jsonl } = value as Commit;
    const record = { file, sha256, rows, failed: (unfinished?.failed ?? 0) + failures.length };
    lengths = { journal: end, csv, jsonl };
    unfinished = isEnd ? undefined : record;
    if (!isEnd) continue;
    finished.push(record);
    finishedLengths = lengths;
  }
  return maker && { maker, state: { finished, unfinished, lengths, finishedLengths } };
}

/** Every failure that the journal of a finished batch lists, in order. */
export async function* readFailures(folder: string): AsyncGenerator<Failure & { readonly file: string }> {
  let isHeader = true;
  for await (const { value } of linesOf(folder)) {
    if (!isHeader) {
      const { file, failures } = value as Commit;
      for (const failure of failures) yield { file, ...failure };
    }
    isHeader = false;
  }
}

/**
 * The complete lines. What follows the last line break was being written when the process or the machine stopped: each line
 * is flushed before the next is begun, so nothing else can be half there.
 */
async function* linesOf(folder: string): AsyncGenerator<{ readonly value: unknown; readonly end: number }> {
  const path = join(folder, JOURNAL_NAME);
  if (!(await stat(path).catch(() => undefined))?.isFile()) return;
  let rest = Buffer.alloc(0);
  let end = 0;
  for await (const piece of createReadStream(path)) {
    rest = Buffer.concat([rest, piece]);
    let start = 0;
    for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n", start)) {
      end += at + 1 - start;
      yield { value: parse(rest.toString("utf8", start, at), path), end };
      start = at + 1;
    }
    rest = rest.subarray(start);
  }
}

function parse(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new MedembedError("usage", `${path} is damaged; delete its folder, or choose another one for the outputs`);
  }
}
