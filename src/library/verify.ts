import { MedembedError } from "../errors.ts";
import { checkRecord } from "./check-record.ts";
import { Fingerprints } from "./fingerprints.ts";
import type { Library } from "./library.ts";
import { stateOf } from "./settled-file.ts";

/** What is wrong with a record, by its id. */
export interface RecordFault {
  readonly id: string;
  readonly reason: string;
}

/** Reads every record, and yields those that contradict themselves or are there twice. */
export async function* findFaults(library: Library): AsyncGenerator<RecordFault> {
  const seen = new Fingerprints();
  for await (const record of library.vectors()) {
    const { id } = record;
    if (seen.has(id)) yield { id, reason: "its id is there twice" };
    seen.add(id);
    try {
      checkRecord(record, library.head.dimensions);
    } catch (error) {
      if (!(error instanceof MedembedError)) throw error;
      yield { id, reason: error.message };
    }
  }
}

/** A record whose file is not what it was when it was added. */
export interface LostFile {
  readonly id: string;
  readonly source: string;
  readonly state: "gone" | "changed";
}

/** Looks for the file of every record that came from one. */
export async function* findLostFiles(library: Library): AsyncGenerator<LostFile> {
  for await (const { id, source, bytes, modified } of library.files()) {
    if (bytes === undefined || modified === undefined) continue;
    const found = await stateOf(source).catch(() => undefined);
    if (!found) yield { id, source, state: "gone" };
    else if (found.bytes !== bytes || found.modified !== modified) yield { id, source, state: "changed" };
  }
}
