import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type InputRow, type RowChunk, readRows } from "../../src/batch/read-rows.ts";
import { temporaryFolder } from "../golden-small.ts";

const path = join(await temporaryFolder(), "some.csv");

async function chunksOf(
  content: string | Uint8Array,
  options: Parameters<typeof readRows>[1] = {},
): Promise<RowChunk[]> {
  await writeFile(path, content);
  const chunks: RowChunk[] = [];
  for await (const chunk of readRows(path, options)) chunks.push(chunk);
  return chunks;
}

async function rowsOf(content: string | Uint8Array, options?: Parameters<typeof readRows>[1]): Promise<InputRow[]> {
  return (await chunksOf(content, options)).flatMap(({ rows }) => rows);
}

const bytes = new Uint8Array([1, 2, 3]); // AQID

test("columns stand in any order, one of them is enough, others are ignored", async () => {
  const both = { row: 0, image: bytes, text: "chest" };
  assert.deepEqual(await rowsOf("image,text\nAQID,chest\n"), [both]);
  assert.deepEqual(await rowsOf("text,image\nchest,AQID\n"), [both]);
  assert.deepEqual(await rowsOf("id, text ,label, image\n7,chest,x,AQID\n"), [both]);
  assert.deepEqual(await rowsOf("image\nAQID\n"), [{ row: 0, image: bytes }]);
  assert.deepEqual(await rowsOf("text\nchest\n"), [{ row: 0, text: "chest" }]);
});

test("an empty cell and what data frames write for one are absent", async () => {
  for (const absent of ["", "NaN", "nan", '""']) {
    assert.deepEqual(await rowsOf(`image,text\nAQID,${absent}\n${absent},chest\n`), [
      { row: 0, image: bytes },
      { row: 1, text: "chest" },
    ]);
  }
});

test("texts are kept verbatim, line breaks in base64 count for nothing", async () => {
  assert.deepEqual(await rowsOf('image,text\r\n"AQ\r\nID\n"," A ""quoted"", text.\n– "\r\n'), [
    { row: 0, image: bytes, text: ' A "quoted", text.\n– ' },
  ]);
});

test("a bad row is a row with a fault, and the next ones are read", async () => {
  const secret = "Doe Jane";
  const poison: readonly [line: string, fault: Partial<InputRow["fault"]>, message: RegExp][] = [
    [`*${secret}*,chest`, { code: "corrupt-image", column: "image" }, /no base64|not base64/],
    ["https://example.org/a.png,chest", { code: "url-refused", column: "image" }, /not fetched/],
    [",", { code: "empty-row" }, /neither/],
    ["NaN,  ", { code: "empty-row" }, /neither/],
    [`AQID,${secret}, right`, { code: "invalid-request" }, /3 cells, the header 2/],
    ["AQID", { code: "invalid-request" }, /1 cells, the header 2/],
  ];
  for (const [line, expected, message] of poison) {
    const [bad, good, ...none] = await rowsOf(`image,text\n${line}\nAQID,chest\n`);
    const { message: found, ...fault } = bad.fault!;
    assert.deepEqual({ row: bad.row, ...fault }, { row: 0, ...expected }, line);
    assert.match(found, message);
    assert.doesNotMatch(found, /Doe/);
    assert.deepEqual([good, ...none], [{ row: 1, image: bytes, text: "chest" }]);
  }
  const [latin1] = await rowsOf(Buffer.from("text\nM\xfcller\n", "latin1"));
  assert.deepEqual(latin1, { row: 0, fault: { code: "invalid-text", message: "it is not UTF-8", column: "text" } });
});

test("where the file breaks is its last row, and those before it are there", async () => {
  for (const [line, options] of [
    ['AQID,"x-ray', {}],
    [`AQID,${"x".repeat(200)}`, { maxRecordBytes: 100 }],
  ] as const) {
    const [good, bad, ...none] = await rowsOf(`image,text\nAQID,chest\n${line}\nAQID,chest\n`, options);
    assert.deepEqual(good, { row: 0, image: bytes, text: "chest" });
    assert.equal(bad.row, 1);
    assert.match(bad.fault!.message, /; what follows in the file was not read$/);
    assert.deepEqual(none, []);
  }
});

test("without a usable header there is no row, only a fault", async () => {
  const files: readonly [content: string, message: RegExp][] = [
    ["", /is empty/],
    ["Doe Jane,chest\nAQID,chest\n", /neither image nor text/],
    ["image,text,image\nAQID,chest,AQID\n", /twice/],
    ['"image,text', /never closed/],
  ];
  for (const [content, message] of files) {
    const [{ row, fault }, ...none] = await rowsOf(content);
    assert.deepEqual([row, none], [undefined, []]);
    assert.match(fault!.message, message);
    assert.doesNotMatch(fault!.message, /Doe/);
  }
});

test("rows come in chunks of few rows and few bytes, the last one says so, and rows that are done are passed over", async () => {
  const content = `image,text\n${Array.from({ length: 40 }, (_, i) => `AQID,${i}\n`).join("")}`;
  const chunks = await chunksOf(content);
  assert.deepEqual(
    chunks.map(({ rows, isEnd }) => [rows.length, isEnd]),
    [
      [16, false],
      [16, false],
      [8, true],
    ],
  );
  assert.deepEqual(await rowsOf(content, { skip: 21 }), chunks.flatMap(({ rows }) => rows).slice(21));
  assert.deepEqual(await rowsOf(content, { skip: 40 }), []);
  const large = `${Buffer.alloc(9 * 2 ** 20).toString("base64")},\n`;
  const sizes = (await chunksOf(`image,text\n${large.repeat(3)}`)).map(({ rows }) => rows.length);
  assert.deepEqual(sizes, [2, 1]);
});
