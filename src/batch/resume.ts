import { MedembedError } from "../errors.ts";
import { hashInput, type InputFile } from "./input-files.ts";
import type { BatchState } from "./journal.ts";

/**
 * The part of an earlier run's work that these inputs would give again. An unfinished file that has changed is begun anew;
 * of finished ones none is thrown away unasked. Files that sort behind all that is done may be new.
 * @param state of the outputs in `outFolder`
 * @throws MedembedError "usage" when a finished file has changed, is gone, or would no longer stand in its place; "cancelled"
 */
export async function workToKeep(
  state: BatchState,
  inputs: readonly InputFile[],
  outFolder: string,
  signal: AbortSignal | undefined,
): Promise<BatchState> {
  for (const [i, { file, sha256 }] of state.finished.entries()) {
    checkSignal(signal);
    const input = inputs.find((candidate) => candidate.file === file);
    if (!input) throw refuse(outFolder, `${file} is done and no longer among the inputs`);
    if (inputs[i] !== input)
      throw refuse(outFolder, `${inputs[i].file} is new and sorts before ${file}, which is done`);
    if ((await hashInput(input)) !== sha256) throw refuse(outFolder, `${file} is done and has changed since`);
  }
  const { unfinished } = state;
  const next = inputs[state.finished.length];
  const isSame = unfinished && next?.file === unfinished.file && (await hashInput(next)) === unfinished.sha256;
  return isSame ? state : { ...state, unfinished: undefined, lengths: state.finishedLengths };
}

/** @throws MedembedError "cancelled" */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MedembedError("cancelled", "the batch was stopped; run the same again and it goes on");
}

function refuse(outFolder: string, reason: string): MedembedError {
  const remedy = `put the inputs back as they were, or choose another folder for the outputs than ${outFolder}`;
  return new MedembedError("usage", `${reason}; ${remedy}`);
}
