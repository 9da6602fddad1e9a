import { MedembedError } from "../errors.ts";
import type { Facts, Identify } from "../facts.ts";
import { keyedHash, newIdentityKey, openIdentityKey } from "../formats/identity-key.ts";
import { readFileFacts } from "../formats/read-facts.ts";
import { inParallel } from "../in-parallel.ts";
import { jsonLines } from "../vector-files/json-lines.ts";
import type { Run } from "./flags.ts";
import { listInputs } from "./inputs.ts";
import { text, wholeNumber } from "./options.ts";
import { Progress } from "./progress.ts";

/** Headers are small: enough to keep the disk busy. */
const FILES_IN_WORK = 8;
const MAX_FRAME = 1_000_000;

type Outcome = { readonly id: string; readonly facts: Facts } | { readonly id: string; readonly reason: string };

export const facts: Run = async (paths, options) => {
  const frame = wholeNumber(options, "frame", 1, MAX_FRAME);
  const identify = await chooseIdentify(text(options, "key"), options.plainIds === true);
  const progress = new Progress("files");
  const lines = jsonLines(process.stdout);
  let done = 0;
  let failed = 0;
  const found = listInputs({ paths, texts: [], textsFile: undefined });
  const read = ({ id }: { readonly id: string }) => readOne(id, identify, frame);
  for await (const outcome of inParallel(found, { width: FILES_IN_WORK }, read)) {
    if ("facts" in outcome) {
      await lines.write(outcome);
      done++;
    } else {
      failed++;
      progress.note(`failed: ${outcome.id}: ${outcome.reason}`);
    }
    progress.add(1);
  }
  console.error(`${done} files, ${failed} failed, ${progress.end().toFixed(1)} s`);
  return failed > 0 ? 1 : 0;
};

async function chooseIdentify(keyFile: string | undefined, isPlain: boolean): Promise<Identify> {
  if (isPlain && keyFile !== undefined) {
    throw new MedembedError("usage", "give either --key, which hashes, or --plain-ids, which does not");
  }
  if (isPlain) return (_name, id) => id;
  if (keyFile !== undefined) return keyedHash(await openIdentityKey(keyFile));
  console.error("hashes are made with a key for this run alone; --key <file> keeps one");
  return keyedHash(newIdentityKey());
}

async function readOne(id: string, identify: Identify, frame: number | undefined): Promise<Outcome> {
  try {
    return { id, facts: await readFileFacts(id, { identify, frame }) };
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    return { id, reason: error.message };
  }
}
