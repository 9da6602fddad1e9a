import { realpath } from "node:fs/promises";
import { makeFolder } from "../convert/build-bundle.ts";
import { MedembedError } from "../errors.ts";
import { type InputFile, listInputFiles } from "./input-files.ts";
import { lockFolder } from "./lock-folder.ts";

export interface BatchFolders {
  /** Holds the CSV files. */
  readonly inputFolder: string;
  /** Made if it is not there; else with nothing in it, or with what an earlier run of the same batch has left. */
  readonly outFolder: string;
}

/**
 * Works on a batch, alone.
 * @throws MedembedError "not-found" for inputs that cannot be read; "usage" for a folder of outputs that is in use, or is that
 * of the inputs; "write-failed"; and what the work throws
 */
export async function inBatchFolders<Result>(
  { inputFolder, outFolder }: BatchFolders,
  work: (inputs: readonly InputFile[]) => Promise<Result>,
): Promise<Result> {
  const inputs = await listInputFiles(inputFolder);
  await makeFolder(outFolder);
  if ((await realpath(inputFolder)) === (await realpath(outFolder))) {
    throw new MedembedError("usage", `${outFolder} holds the inputs; the outputs need another folder`);
  }
  const unlock = await lockFolder(outFolder);
  try {
    return await work(inputs);
  } finally {
    await unlock();
  }
}
