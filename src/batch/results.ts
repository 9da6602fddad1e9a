import { appendFile, type FileHandle, open, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MedembedError } from "../errors.ts";
import { type BatchState, type Commit, JOURNAL_NAME, type Maker, readJournal } from "./journal.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import { writeFailed } from "./write-failed.ts";

const OUTPUTS = { csv: "predictions.csv", jsonl: "predictions.jsonl" } as const;
type Output = keyof typeof OUTPUTS;

/** The state of a folder that this maker may go on with; a new one gets a journal. @throws MedembedError "usage", "write-failed" */
export async function beginOrResume(folder: string, maker: Maker): Promise<BatchState> {
  const found = await readJournal(folder);
  if (found) {
    for (const [key, value] of Object.entries(maker)) {
      const was = found.maker[key as keyof Maker];
      if (was !== value) throw refuse(folder, `was begun with ${key} ${was}, now it is ${value}`);
    }
    for (const output of Object.keys(OUTPUTS) as Output[]) {
      const { [output]: needed } = found.state.lengths;
      const size = await sizeOf(join(folder, OUTPUTS[output]));
      if (size < needed) throw refuse(folder, `has ${size} bytes of ${OUTPUTS[output]}, its journal says ${needed}`);
    }
    return found.state;
  }
  for (const name of [...Object.values(OUTPUTS), MANIFEST_NAME]) {
    if ((await stat(join(folder, name)).catch(() => undefined)) !== undefined) {
      throw refuse(folder, `has a ${name} without the journal of a batch`);
    }
  }
  const path = join(folder, JOURNAL_NAME);
  const line = `${JSON.stringify(maker)}\n`;
  await writeFile(path, line, { flush: true }).catch((cause) => {
    throw writeFailed(path, cause);
  });
  const lengths = { journal: Buffer.byteLength(line), csv: 0, jsonl: 0 };
  return { finished: [], lengths, finishedLengths: lengths };
}

type Files = Readonly<Record<Output | "journal", { readonly path: string; readonly handle: FileHandle }>>;

/** The outputs of a batch and the journal over them, to be written on. */
export class Results {
  readonly #files: Files;
  readonly #lengths: { csv: number; jsonl: number };

  private constructor(files: Files, lengths: { csv: number; jsonl: number }) {
    this.#files = files;
    this.#lengths = lengths;
  }

  /** Cuts off what is not in the state: rows that were being written when the work broke off. */
  static async open(folder: string, { lengths }: BatchState): Promise<Results> {
    const opened = new Map<string, { path: string; handle: FileHandle }>();
    try {
      for (const [key, name] of Object.entries({ ...OUTPUTS, journal: JOURNAL_NAME })) {
        const path = join(folder, name);
        const length = lengths[key as keyof typeof lengths];
        try {
          if ((await sizeOf(path)) > length) await truncate(path, length);
          opened.set(key, { path, handle: await open(path, "a") });
        } catch (cause) {
          throw writeFailed(path, cause as NodeJS.ErrnoException);
        }
      }
    } catch (error) {
      for (const { handle } of opened.values()) await handle.close();
      throw error;
    }
    return new Results(Object.fromEntries(opened) as Files, { csv: lengths.csv, jsonl: lengths.jsonl });
  }

  /** Writes rows; once it returns, neither a killed process nor a power cut takes them away. @throws MedembedError "write-failed" */
  async commit(rows: Readonly<Record<Output, string>>, facts: Omit<Commit, Output>): Promise<void> {
    await Promise.all([this.#append("csv", rows.csv), this.#append("jsonl", rows.jsonl)]);
    this.#lengths.csv += Buffer.byteLength(rows.csv);
    this.#lengths.jsonl += Buffer.byteLength(rows.jsonl);
    await this.#append("journal", `${JSON.stringify({ ...facts, ...this.#lengths } satisfies Commit)}\n`);
  }

  async close(): Promise<void> {
    for (const { handle } of Object.values(this.#files)) await handle.close();
  }

  async #append(key: Output | "journal", text: string): Promise<void> {
    const { path, handle } = this.#files[key];
    try {
      await appendFile(handle, text);
      await handle.datasync();
    } catch (cause) {
      throw writeFailed(path, cause as NodeJS.ErrnoException);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function refuse(folder: string, reason: string): MedembedError {
  return new MedembedError("usage", `${folder} ${reason}; choose another folder for the outputs, or delete this one`);
}
