import { writeFile } from "node:fs/promises";
import { csvLine } from "../csv-line.ts";
import { MedembedError } from "../errors.ts";
import type { Flag } from "./flags.ts";
import { text } from "./options.ts";

export const REPORT: Flag = {
  flags: "--report <file>",
  description: "write a page with tables and plots (.html), and its figures beside it as .json and .csv",
};

/** What an evaluation says, for people and for programs. */
export interface Report {
  /** HTML. */
  readonly page: string;
  readonly figures: unknown;
  /** The same as a table, the names of its columns first. */
  readonly records: readonly (readonly string[])[];
}

/** @returns undefined where none is wanted @throws MedembedError "usage" for what is no name of a page, before any work */
export function reportPath(options: Readonly<Record<string, unknown>>): string | undefined {
  const path = text(options, "report");
  if (path !== undefined && !/[^/\\]\.html$/.test(path)) {
    throw new MedembedError("usage", `--report ${path} must be a file that ends in .html`);
  }
  return path;
}

/** Writes the page, and beside it files of the same name that end in .json and .csv. @throws MedembedError "write-failed" */
export async function writeReport(path: string, { page, figures, records }: Report): Promise<void> {
  const files = {
    html: page,
    json: `${JSON.stringify(figures, null, 2)}\n`,
    csv: records.map(csvLine).join(""),
  };
  for (const [extension, content] of Object.entries(files)) {
    const target = path.replace(/html$/, extension);
    await writeFile(target, content).catch((cause: NodeJS.ErrnoException) => {
      throw new MedembedError("write-failed", `cannot write ${target}: ${cause.code}`, { cause });
    });
  }
  console.error(`report: ${path}`);
}
