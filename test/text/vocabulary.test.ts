import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMerges, parseVocabulary } from "../../src/text/vocabulary.ts";

const SPECIALS = { "<|startoftext|>": 0, "<|endoftext|>": 1 };
const vocabulary = parseVocabulary(JSON.stringify({ ...SPECIALS, a: 2, "b</w>": 3, "ab</w>": 4 }));

const refuses = (read: () => unknown, message: RegExp) =>
  assert.throws(read, { name: "MedembedError", code: "invalid-vocabulary", message });

test("a vocabulary may be in any order and hold any symbol", () => {
  const read = parseVocabulary('{"<|endoftext|>":2,"__proto__":0,"constructor":3,"<|startoftext|>":1}');
  assert.deepEqual(
    [...read.entries()].sort(([, a], [, b]) => a - b).map(([symbol]) => symbol),
    ["__proto__", "<|startoftext|>", "<|endoftext|>", "constructor"],
  );
});

test("a vocabulary that is no object of ids is refused", () => {
  for (const json of ["", "{", '{"a":0}x', `${"[".repeat(100_000)}`]) refuses(() => parseVocabulary(json), /not JSON/);
  for (const json of ["null", "[]", "7", '"a"']) refuses(() => parseVocabulary(json), /no object/);
});

test("ids are the integers from 0, each once", () => {
  for (const id of [3, -1, 0.5, "2", null, [2], true]) {
    refuses(() => parseVocabulary(JSON.stringify({ ...SPECIALS, a: id })), /outside the integers 0 to 2/);
  }
  refuses(() => parseVocabulary(JSON.stringify({ ...SPECIALS, a: 1 })), /the id 1 to two symbols/);
});

test("both special tokens are needed", () => {
  refuses(() => parseVocabulary("{}"), /lacks the special token <\|startoftext\|>/);
  refuses(() => parseVocabulary('{"<|startoftext|>":0}'), /lacks the special token <\|endoftext\|>/);
});

test("a version line, blank lines and Windows line ends are accepted in merges", () => {
  const expected = { left: [2], right: [3], joined: [4] };
  for (const text of ["a b</w>", "#version: 0.2\na b</w>\n", "#version: 0.2\r\na b</w>\r\n\r\n", "\n\na b</w>\n\n"]) {
    assert.deepEqual(parseMerges(text, vocabulary), expected, JSON.stringify(text));
  }
  assert.deepEqual(parseMerges("", vocabulary), { left: [], right: [], joined: [] });
});

test("a line that is not two symbols is refused by its number", () => {
  for (const line of ["ab", "a  b</w>", " a b</w>", "a b</w> ", "a b c"]) {
    refuses(() => parseMerges(`#version: 0.2\na b</w>\n${line}\n`, vocabulary), /line 3 is not two symbols/);
  }
});

test("a merge of or to a symbol without an id is refused", () => {
  for (const line of ["x b</w>", "a x", "a a"]) {
    refuses(() => parseMerges(line, vocabulary), /line 1 needs its two symbols and what they join to/);
  }
});
