import assert from "node:assert/strict";
import { test } from "node:test";
import { ContentsInWork } from "../../src/library/contents-in-work.ts";

/** A library with these ids, and what it was asked for. */
function libraryWith(...ids: readonly string[]) {
  const asked: (readonly string[])[] = [];
  const idsAmong = async (wanted: readonly string[]) => {
    asked.push(wanted);
    return new Set(wanted.filter((id) => ids.includes(id)));
  };
  return { asked, idsAmong, records: noRecords };
}

async function* noRecords(): AsyncGenerator<never> {}

test("what the library has is not embedded, and one content of several sources is embedded once", async () => {
  const contents = new ContentsInWork(libraryWith("there"), 5);
  let count = 0;
  const embed = async () => ++count;
  const ids = ["there", "new", "new", "there", "other"];
  assert.deepEqual(await Promise.all(ids.map((id) => contents.embedOnce(id, embed))), [undefined, 1, 1, undefined, 2]);
});

test("the library is asked for many at once while others are embedded, and for the last when no more come", async () => {
  const library = libraryWith();
  const contents = new ContentsInWork(library, 27);
  const finish: (() => void)[] = [];
  const embed = () => new Promise<void>((resolve) => finish.push(resolve));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const ids = Array.from({ length: 27 }, (_, i) => `picture ${i}`);
  const begin = (first: number, end: number) => ids.slice(first, end).map((id) => contents.embedOnce(id, embed));
  const all = begin(0, 1);
  await turn();
  all.push(...begin(1, 21));
  await turn();
  assert.deepEqual(library.asked, [ids.slice(0, 1), ids.slice(1, 17)]);
  for (let i = 0; i < 17; i++) {
    finish[i]();
    await turn();
  }
  assert.deepEqual(library.asked.slice(2), [ids.slice(17, 21)], "nothing else is in work");
  all.push(...begin(21, 27));
  await turn();
  assert.deepEqual(library.asked.slice(3), [ids.slice(21, 27)], "no more come");
  for (const end of finish) end();
  await Promise.all(all);
});

test("a library that cannot be asked fails those who wait", async () => {
  const contents = new ContentsInWork({ ...libraryWith(), idsAmong: () => Promise.reject(new Error("no")) }, 1);
  await assert.rejects(
    contents.embedOnce("a", async () => {}),
    /no/,
  );
});
