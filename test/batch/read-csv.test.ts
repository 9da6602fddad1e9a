import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { piecesOf, readCsv } from "../../src/batch/read-csv.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const path = join(folder, "some.csv");

/** What is read of a file, and with what it ends. */
async function read(content: string | Uint8Array, maxRecordBytes?: number) {
  await writeFile(path, content);
  const records: string[][] = [];
  try {
    for await (const { cells } of readCsv(piecesOf(path), { maxRecordBytes })) {
      records.push(cells.map((cell) => Buffer.from(cell, "latin1").toString("utf8")));
    }
    return { records };
  } catch (error) {
    return { records, error: error as Error & { code: string } };
  }
}

test("what is written as RFC 4180 says is read again, with either line end, with and without a byte order mark", async () => {
  const cell = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", " ", "a", "é") }),
    fc.string({ maxLength: 20 }).map((text) => text.repeat(20_000)), // longer than what is read at a time
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }));
  const isPlain = (text: string) => text !== "" && !/[",\r\n\ufeff]/.test(text);
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.boolean(),
      async (rows, end, hasMark, isEnded) => {
        const lines = rows.map((row) =>
          row.map((text) => (isPlain(text) ? text : `"${text.replaceAll('"', '""')}"`)).join(","),
        );
        const content = (hasMark ? "\ufeff" : "") + lines.join(end) + (isEnded ? end : "");
        assert.deepEqual(await read(content), { records: rows });
      },
    ),
    { numRuns: 200 },
  );
});

test("blank lines count for nothing, a quoted nothing is a cell", async () => {
  assert.deepEqual(await read('\na\n\r\n""\n\nb\n\n'), { records: [["a"], [""], ["b"]] });
});

test("a file that breaks gives the records before it, and an error that quotes nothing of it", async () => {
  const broken: readonly [content: string, records: string[][], message: RegExp, maxRecordBytes?: number][] = [
    ['a,b\nc,SECRET"d\ne,f\n', [["a", "b"]], /inside a cell/],
    ['a,b\nc,"SECRET" d\ne,f\n', [["a", "b"]], /follow a closing/],
    ['a,b\nc,"SECRET\ne,f\n', [["a", "b"]], /never closed/],
    [`a,b\nc,${"SECRET".repeat(20)}\ne,f\n`, [["a", "b"]], /longer than allowed \(100 bytes\)/, 100],
    [`a,b\n"${"SECRET\n".repeat(20)}",c\ne,f\n`, [["a", "b"]], /longer than allowed/, 100],
    [`a,b\n${"SECRET,".repeat(2_000)}\ne,f\n`, [["a", "b"]], /more than 1024 cells/],
  ];
  for (const [content, records, message, maxRecordBytes] of broken) {
    const found = await read(content, maxRecordBytes);
    assert.deepEqual(found.records, records);
    assert.equal(found.error?.code, "invalid-request");
    assert.match(found.error!.message, message);
    assert.doesNotMatch(JSON.stringify({ ...found.error, cause: found.error!.cause }), /SECRET/);
  }
});

test("records are read one after the other, so memory does not grow with the file", async () => {
  const row = `${"A".repeat(100_000)},text\n`;
  await writeFile(path, row.repeat(300));
  let records = 0;
  let before = 0;
  for await (const { bytesRead } of readCsv(piecesOf(path))) {
    records++;
    assert.ok(bytesRead - before <= 2 ** 18, "only one piece is ahead");
    assert.ok(bytesRead <= records * row.length + 2 ** 18);
    before = bytesRead;
  }
  assert.equal(records, 300);
});

test("a file that is not there is told with its reason", async () => {
  await assert.rejects(
    async () => {
      for await (const _ of readCsv(piecesOf(join(folder, "nothing.csv"))));
    },
    { code: "not-found", message: /cannot be read: ENOENT/ },
  );
});
