import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const readTokenizer = (folder: string, contextLength = 77) =>
  Tokenizer.parse(read(`${folder}/vocab.json`), read(`${folder}/merges.txt`), contextLength);

const CLIP_FOLDER = "models/medembed-nano/language_model/clip_tokenizer_4.16.2";
const SMALL_FOLDER = "test/files/golden-small/tokenizer";
const clip = readTokenizer(CLIP_FOLDER);
const small = readTokenizer(SMALL_FOLDER);

interface Entry {
  text: string;
  ids: number[];
}
const golden: { entries: { text: string; ftfy: number[] }[] } = JSON.parse(
  read("test/files/tokenizer/clip-tokenizer-golden.json"),
);
const smallGolden: Entry[] = JSON.parse(read("test/files/tokenizer/small.json"));
const extra: { equal: Entry[]; different: Entry[] } = JSON.parse(read("test/files/tokenizer/extra.json"));

test("the golden texts get the reference's ids", () => {
  assert.equal(golden.entries.length, 62);
  for (const { text, ftfy } of golden.entries) assert.deepEqual(clip.encode(text), ftfy, JSON.stringify(text));
});

test("texts of many scripts, encodings and accidents get the reference's ids", () => {
  for (const { text, ids } of extra.equal) assert.deepEqual(clip.encode(text), ids, JSON.stringify(text));
});

test("the texts known to differ still do; one that no longer does belongs to the equal ones", () => {
  for (const { text, ids } of extra.different) assert.notDeepEqual(clip.encode(text), ids, JSON.stringify(text));
});

test("a small vocabulary gets the ids of the small golden model", () => {
  for (const { text, ids } of smallGolden) assert.deepEqual(small.encode(text), ids, text);
});

test("it knows the size of its vocabulary and its special tokens", () => {
  assert.deepEqual([clip.vocabularySize, clip.startOfText, clip.endOfText], [49408, 49406, 49407]);
  assert.deepEqual([small.vocabularySize, small.startOfText, small.endOfText], [768, 766, 767]);
});

test("a text is cut to the context length, both ends kept", () => {
  const shortest = readTokenizer(SMALL_FOLDER, 2);
  assert.deepEqual(shortest.encode("chest"), [766, 767]);
  const full = small.encode("There is no evidence of acute fracture ".repeat(9));
  assert.equal(full.length, 77);
  assert.deepEqual(readTokenizer(SMALL_FOLDER, 10).encode("There is no evidence of acute fracture ".repeat(9)), [
    ...full.slice(0, 9),
    767,
  ]);
});

test("any string becomes 2 to 77 known ids between the two ends", () => {
  const property = (text: string) => {
    const ids = clip.encode(text);
    assert.ok(ids.length >= 2 && ids.length <= 77);
    assert.equal(ids[0], clip.startOfText);
    assert.equal(ids.at(-1), clip.endOfText);
    assert.ok(ids.every((id) => Number.isInteger(id) && id >= 0 && id < clip.vocabularySize));
    assert.deepEqual(clip.encode(text), ids);
  };
  for (const unit of ["grapheme", "binary"] as const)
    fc.assert(fc.property(fc.string({ unit, maxLength: 300 }), property));
  const utf16 = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 });
  fc.assert(fc.property(utf16, (units) => property(String.fromCharCode(...units))));
});

test("an unpaired surrogate reads as U+FFFD", () => {
  for (const text of ["lung\ud83d", "\udc00lung", "\udc00\ud800"]) {
    assert.deepEqual(clip.encode(text), clip.encode(text.replace(/[\ud800-\udfff]/g, "\ufffd")));
  }
});

test("a text at the limit is read, one beyond it is refused without being quoted", () => {
  assert.equal(clip.encode("a".repeat(65_536)).length, 77);
  assert.throws(
    () => clip.encode("secret ".repeat(9363)),
    (error) => {
      assert.ok(error instanceof MedembedError);
      assert.equal(error.code, "invalid-text");
      assert.equal(error.message, "text has 65541 characters, at most 65536 are accepted");
      return true;
    },
  );
});

test("a context without room for both ends is refused", () => {
  for (const contextLength of [1, 0, -77, 2.5, Number.NaN]) {
    assert.throws(() => readTokenizer(SMALL_FOLDER, contextLength), { code: "invalid-config" });
  }
});

test("damaged tokenizer files give a typed error or a tokenizer that works", () => {
  const files = [read(`${SMALL_FOLDER}/vocab.json`), read(`${SMALL_FOLDER}/merges.txt`)];
  const damage = fc.record({
    file: fc.integer({ min: 0, max: 1 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 20 }),
    insert: fc.string({ unit: "binary", maxLength: 5 }),
  });
  let refused = 0;
  fc.assert(
    fc.property(damage, ({ file, at, cut, insert }) => {
      const damaged = [...files] as [string, string];
      const start = Math.floor(at * damaged[file].length);
      damaged[file] = damaged[file].slice(0, start) + insert + damaged[file].slice(start + cut);
      try {
        const tokenizer = Tokenizer.parse(...damaged, 77);
        assert.equal(tokenizer.encode("chest").at(-1), tokenizer.endOfText);
      } catch (error) {
        assert.ok(error instanceof MedembedError, String(error));
        assert.equal(error.code, "invalid-vocabulary");
        refused++;
      }
    }),
  );
  assert.ok(refused > 0);
});
