import type { AddOutcome } from "../../library/find-out.ts";
import { type JsonLines, jsonLines } from "../../vector-files/json-lines.ts";
import type { Progress } from "../progress.ts";

/** Says what has become of a file: to programs each, to people what failed and what there is to note. */
export async function tellOutcome(
  told: AddOutcome,
  progress: Progress,
  failures: JsonLines | undefined,
  isJson: boolean,
): Promise<void> {
  if (isJson) await jsonLines(process.stdout).write(told);
  if (told.outcome !== "failed") {
    for (const finding of told.findings ?? []) progress.note(`note: ${told.path}: ${finding}`);
    return;
  }
  const { path, code, reason } = told;
  progress.note(`failed: ${path}: ${reason}`);
  await failures?.write({ path, code, reason });
}
