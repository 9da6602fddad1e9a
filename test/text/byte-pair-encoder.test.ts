import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BytePairEncoder } from "../../src/text/byte-pair-encoder.ts";
import { MinHeap } from "../../src/text/min-heap.ts";
import { parseMerges, parseVocabulary } from "../../src/text/vocabulary.ts";

/** A tokenizer of the letters a to c, with the given merges in order of rank. */
function build(merges: readonly string[]) {
  const letters = ["a", "b", "c"];
  const symbols = new Set([
    "<|startoftext|>",
    "<|endoftext|>",
    ...letters,
    ...letters.map((letter) => `${letter}</w>`),
  ]);
  for (const symbol of merges.flatMap((merge) => [...merge.split(" "), merge.replace(" ", "")])) symbols.add(symbol);
  const order = [...symbols];
  const vocabulary = parseVocabulary(JSON.stringify(Object.fromEntries(order.map((symbol, id) => [symbol, id]))));
  const encoder = new BytePairEncoder(vocabulary, parseMerges(merges.join("\n"), vocabulary));
  return (word: string) => encoder.encode(word).map((id) => order[id]);
}

/** The definition, as slow as it reads: each step joins all occurrences of the best pair, from the left. */
function encodeNaively(word: string, merges: readonly string[]): string[] {
  let symbols = [...word];
  symbols.push(`${symbols.pop()}</w>`);
  for (;;) {
    const ranks = symbols.slice(1).map((symbol, index) => merges.lastIndexOf(`${symbols[index]} ${symbol}`));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Number.POSITIVE_INFINITY) return symbols;
    const joined: string[] = [];
    for (let index = 0; index < symbols.length; index++) {
      if (`${symbols[index]} ${symbols[index + 1]}` === merges[best]) joined.push(symbols[index] + symbols[++index]);
      else joined.push(symbols[index]);
    }
    symbols = joined;
  }
}

test("the lowest rank is joined first", () => {
  assert.deepEqual(build(["b c", "a b"])("abca"), ["a", "bc", "a</w>"]);
  assert.deepEqual(build(["a b", "b c"])("abca"), ["ab", "c", "a</w>"]);
});

test("overlapping occurrences are joined from the left", () => {
  assert.deepEqual(build(["a a"])("aaaaab"), ["aa", "aa", "a", "b</w>"]);
});

test("one step joins all occurrences before a better pair that it makes is looked at", () => {
  assert.deepEqual(build(["ab a", "a b"])("ababc"), ["ab", "ab", "c</w>"]);
});

test("the last letter is another symbol than the same letter inside a word", () => {
  assert.deepEqual(build(["a b", "a b</w>"])("abab"), ["ab", "ab</w>"]);
});

test("a byte that the vocabulary lacks is the unknown token, and only that byte", () => {
  assert.deepEqual(build([])("aéc"), ["a", "<|endoftext|>", "<|endoftext|>", "c</w>"]);
  assert.deepEqual(build([])(""), []);
});

test("any merges give what the definition gives, whatever their order", () => {
  const symbol = fc.stringMatching(/^[ab]{1,2}$/);
  const merge = fc
    .tuple(symbol, symbol, fc.constantFrom("", "</w>"))
    .map(([left, right, end]) => `${left} ${right}${end}`);
  const word = fc.stringMatching(/^[ab]{1,24}$/);
  fc.assert(
    fc.property(fc.array(merge, { maxLength: 25 }), word, (merges, text) => {
      assert.deepEqual(build(merges)(text), encodeNaively(text, merges));
    }),
    { numRuns: 500 },
  );
});

test("the work for a word grows with its length, not with its square", (context) => {
  const push = context.mock.method(MinHeap.prototype, "push");
  const merges = ["a a", "a b", "b a", "aa aa", "ab ab", "aaaa aaaa"];
  for (const word of ["a".repeat(4000), "ab".repeat(2000), "aab".repeat(1333)]) {
    const before = push.mock.callCount();
    build(merges)(word);
    // Each pair at the start, and two new ones for each of at most n - 1 merges.
    assert.ok(push.mock.callCount() - before <= 3 * word.length);
  }
});
