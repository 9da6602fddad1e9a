import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readRows } from "../../src/batch/read-rows.ts";
import { type CutFile, type CutRows, cutRows, readRange } from "../../src/batch/row-range.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect } from "../library/synthetic.ts";

const folder = await temporaryFolder();
const file = "some.csv";
const path = join(folder, file);

async function cutAll(content: string | Uint8Array, { rows = 3, bytes = Number.POSITIVE_INFINITY, skip = 0 } = {}) {
  await writeFile(path, content);
  let whole: CutFile | undefined;
  const parts = await collect(
    cutRows({ file, path, bytes: content.length }, { skip, size: { rows, bytes } }, (found) => {
      whole = found;
    }),
  );
  return { parts, whole: whole! };
}

/** What is read of the parts, one after the other. */
async function readParts(parts: readonly CutRows[]) {
  const read = await Promise.all(parts.map((part) => ("range" in part ? readRange(path, part.range) : [part])));
  return read.flatMap((rows): readonly unknown[] => rows ?? ["others"]);
}

test("ranges read one by one give the rows of the whole file, wherever they are cut", async () => {
  const cell = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", " ", "a", "é", "\ufeff") }),
    fc.constant("x".repeat(150_000)), // longer than what is read at a time, two of them
  );
  const line = fc.oneof(
    fc.tuple(cell, cell).map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(",")),
    fc.constantFrom("", "AQID,chest", "one cell", '"not closed', "\ufeffAQID,"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", "\ufeff"),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 30, 200_000, Number.POSITIVE_INFINITY),
      fc.nat(3),
      async (lines, end, mark, isEnded, rows, bytes, skip) => {
        const content = mark + ["image,text", ...lines].join(end) + (isEnded ? end : "");
        const { parts, whole } = await cutAll(content, { rows, bytes, skip });
        const expected = (await collect(readRows(path, { skip }))).flatMap((chunk) => chunk.rows);
        assert.deepEqual(
          await readParts(parts),
          expected.map(({ row, ...more }) => ({ ...more, row })),
        );
        assert.equal(whole.sha256, hash("sha256", content));
        const all = (await collect(readRows(path))).flatMap((chunk) => chunk.rows);
        assert.equal(whole.rows, all.length);
        for (const part of parts) assert.ok("fault" in part || part.rows.length <= rows);
      },
    ),
    { numRuns: 100 },
  );
});

test("a range is full by number or by bytes, and every row knows how many are its own", async () => {
  const { parts } = await cutAll("text\na\nbbbbbbbbbb\n\nc\nd\ne\n", { rows: 2, bytes: 10 });
  const sizes = parts.map((part) => "range" in part && [part.range.start, part.range.bytes, part.rows]);
  assert.deepEqual(sizes, [
    [
      5,
      13,
      [
        { row: 0, bytes: 2 },
        { row: 1, bytes: 11 },
      ],
    ],
    [
      18,
      5,
      [
        { row: 2, bytes: 3 },
        { row: 3, bytes: 2 },
      ],
    ],
    [23, 2, [{ row: 4, bytes: 2 }]],
  ]);
});

test("a file without a usable header is one fault, an empty one has no rows", async () => {
  const [{ parts, whole }, empty] = [await cutAll("a,b\n1,2\n"), await cutAll("image,text\n")];
  assert.deepEqual(
    parts.map((part) => "fault" in part && [part.row, part.fault.code]),
    [[undefined, "invalid-request"]],
  );
  assert.deepEqual(whole, { rows: 0, sha256: hash("sha256", "a,b\n1,2\n") });
  assert.deepEqual([empty.parts, empty.whole.rows], [[], 0]);
});

test("rows that were changed, moved or cut off since they were planned are not taken for others", async () => {
  const content = "image,text\nAQID,one\nAQID,two\n";
  const { parts } = await cutAll(content);
  assert.deepEqual((await readParts(parts)).length, 2);
  for (const changed of [
    content.replace("two", "tho"),
    content.replace("two", 't"o'),
    content.replace("AQID,one\n", "AQID,one,\n"),
    content.replace("AQID,one\n", "AQIDone\n\n"),
    content.slice(0, -5),
    `${content.slice(0, -1)}, and more\n`,
    "",
  ]) {
    await writeFile(path, changed);
    assert.deepEqual(await readParts(parts), ["others"], JSON.stringify(changed));
  }
});
