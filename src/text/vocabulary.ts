import { MedembedError } from "../errors.ts";

/** Begins every encoded text. */
export const START_OF_TEXT = "<|startoftext|>";
/** Ends every encoded text, pads it, and stands for unknown symbols; the text tower pools at its first occurrence. */
export const END_OF_TEXT = "<|endoftext|>";

/** Merge `rank` joins the symbols `left[rank]` and `right[rank]` to `joined[rank]`; a lower rank goes first. All are ids. */
export interface Merges {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly joined: readonly number[];
}

/**
 * Reads `vocab.json`: an object of symbol to id.
 * @throws MedembedError "invalid-vocabulary" unless the n ids are exactly 0 to n-1 and both special tokens are there.
 */
export function parseVocabulary(vocabJson: string): Map<string, number> {
  const idOf = parseObject(vocabJson);
  const symbols = Object.keys(idOf);
  const vocabulary = new Map<string, number>();
  const taken = new Uint8Array(symbols.length);
  for (const symbol of symbols) {
    const id = idOf[symbol];
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= symbols.length) {
      throw invalid(`vocab.json gives an id outside the integers 0 to ${symbols.length - 1}`);
    }
    if (taken[id]) throw invalid(`vocab.json gives the id ${id} to two symbols`);
    taken[id] = 1;
    vocabulary.set(symbol, id);
  }
  for (const special of [START_OF_TEXT, END_OF_TEXT]) {
    if (!vocabulary.has(special)) throw invalid(`vocab.json lacks the special token ${special}`);
  }
  return vocabulary;
}

/**
 * Reads `merges.txt`: one merge a line, two symbols and a space, best first, after an optional `#version` line.
 * Blank lines are skipped.
 * @throws MedembedError "invalid-vocabulary" for any other line, and for a merge whose parts or result have no id.
 */
export function parseMerges(mergesTxt: string, vocabulary: ReadonlyMap<string, number>): Merges {
  const left: number[] = [];
  const right: number[] = [];
  const joined: number[] = [];
  const lines = mergesTxt.split(/\r?\n/);
  for (let index = lines[0].startsWith("#version") ? 1 : 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === "") continue;
    const space = line.indexOf(" ");
    if (space <= 0 || space === line.length - 1 || line.includes(" ", space + 1)) {
      throw invalid(`merges.txt line ${index + 1} is not two symbols with one space between`);
    }
    const first = line.slice(0, space);
    const second = line.slice(space + 1);
    const leftId = vocabulary.get(first);
    const rightId = vocabulary.get(second);
    const joinedId = vocabulary.get(first + second);
    if (leftId === undefined || rightId === undefined || joinedId === undefined) {
      throw invalid(`merges.txt line ${index + 1} needs its two symbols and what they join to in vocab.json`);
    }
    left.push(leftId);
    right.push(rightId);
    joined.push(joinedId);
  }
  return { left, right, joined };
}

function parseObject(vocabJson: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(vocabJson);
  } catch (cause) {
    throw new MedembedError("invalid-vocabulary", "vocab.json is not JSON", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalid("vocab.json holds no object of symbol to id");
  }
  return parsed as Record<string, unknown>;
}

function invalid(message: string): MedembedError {
  return new MedembedError("invalid-vocabulary", message);
}
