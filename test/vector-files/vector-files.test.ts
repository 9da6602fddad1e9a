import assert from "node:assert/strict";
import { readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Field, Float64, Int64, List, Table, tableToIPC, vectorFromArray } from "apache-arrow";
import { type RowShape, readVectors, type VectorRow, writerOf } from "../../src/vector-files/vector-file.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect, unitVector } from "../library/synthetic.ts";

const folder = await temporaryFolder();
const SHAPE: RowShape = { columns: { id: "text", note: "text", size: "number" }, dimensions: 5 };

/** More than are written at once, with all that makes a text difficult. */
const ROWS: VectorRow[] = Array.from({ length: 2_100 }, (_, i) => ({
  columns: {
    id: `picture ${i}`,
    ...(i % 3 > 0 && { note: `"${i}", it's\r\né` }),
    ...(i % 2 > 0 && { size: i + 0.25 }),
  },
  vector: unitVector(`${i}`, SHAPE.dimensions),
}));

async function write(path: string, rows: readonly VectorRow[]): Promise<void> {
  const writer = await writerOf(path)(SHAPE);
  try {
    for (const { columns, vector } of rows) await writer.write(columns, vector);
  } finally {
    await writer.close();
  }
}

/** A file without types: all that it says beside vectors are texts. */
const asTexts = (rows: readonly VectorRow[]) =>
  rows.map(({ columns, vector }) => ({
    columns: Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, String(value)])),
    vector,
  }));

for (const ending of [".jsonl", ".csv", ".npy", ".parquet", ".arrow"]) {
  const expected = (rows: readonly VectorRow[]) => (ending === ".csv" ? asTexts(rows) : rows);

  test(`${ending}: what was written is read again, bit for bit`, async () => {
    const path = join(folder, `full${ending}`);
    await write(path, ROWS);
    assert.deepEqual(await collect(readVectors(path)), expected(ROWS));
  });

  test(`${ending}: a file without rows is a readable file`, async () => {
    const path = join(folder, `empty${ending}`);
    await write(path, []);
    assert.deepEqual(await collect(readVectors(path)), []);
  });

  test(`${ending}: a file that breaks off is told, whatever came before`, async () => {
    const path = join(folder, `broken${ending}`);
    await write(path, ROWS);
    await truncate(path, (await readFile(path)).length - 100);
    await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors", message: /broken/ });
  });

  test(`${ending}: noise is told to be no such file`, async () => {
    const path = join(folder, `noise${ending}`);
    await writeFile(path, Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * i * 31) & 255)));
    await writeFile(`${path}.ids.jsonl`, "{}\n");
    await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors" });
  });

  test(`${ending}: a missing file is told`, async () => {
    await assert.rejects(collect(readVectors(join(folder, `missing${ending}`))), { code: "not-found" });
  });

  test(`${ending}: a full disk is told`, { skip: process.platform !== "linux" }, async () => {
    const path = join(folder, `disk${ending}`);
    await symlink("/dev/full", path);
    await assert.rejects(write(path, ROWS), { code: "write-failed", message: /cannot write .*disk.*ENOSPC/ });
  });
}

test("an ending that is none of these is refused before anything is opened", async () => {
  assert.throws(() => writerOf(join(folder, "x.txt")), {
    code: "usage",
    message: /\.jsonl, \.csv, \.npy, \.parquet, \.arrow/,
  });
  await assert.rejects(collect(readVectors(join(folder, "x.txt"))), { code: "usage" });
});

test("rows without a vector, or with one of something else, are told by their number", async () => {
  const good = '{"id":"a","vector":[1,0]}\n';
  const files: [name: string, content: string, words: RegExp][] = [
    ["none.jsonl", `${good}\n{"id":"b"}\n`, /row 2 of .*none\.jsonl has no column "vector"/],
    ["texts.jsonl", `${good}{"id":"b","vector":["1"]}\n`, /row 2 of .* has no column "vector"/],
    ["list.jsonl", `${good}[1,2]\n`, /row 2 of .* is no JSON object/],
    ["json.jsonl", `${good}{"id":\n`, /row 2 of .* is no JSON/],
    ["none.csv", "id\r\na\r\n", /the header of .*none\.csv has no column "vector"/],
    ["half.csv", 'id,vector\r\na,"[1,"\r\n', /row 1 of .* no JSON list/],
  ];
  for (const [name, content, message] of files) {
    const path = join(folder, name);
    await writeFile(path, content);
    await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors", message }, name);
  }
});

test("an array and its lines must be equally long", async () => {
  const path = join(folder, "lines.npy");
  await write(path, ROWS.slice(0, 3));
  await writeFile(`${path}.ids.jsonl`, '{"id":"a"}\n{"id":"b"}\n');
  await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors", message: /row 3 of .* has no line in/ });
  await writeFile(`${path}.ids.jsonl`, '{"id":"a"}\n'.repeat(4));
  await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors", message: /row 4 of .* has no vector/ });
});

test("arrays of doubles and other versions of the format are read; others are refused", async () => {
  const path = join(folder, "numpy.npy");
  await writeFile(`${path}.ids.jsonl`, '{"id":"a"}\n{"id":"b"}\n');
  const array = (version: number, description: string, body: Buffer) => {
    const header = Buffer.from(`{'descr': '${description}', 'fortran_order': False, 'shape': (2, 2), }\n`);
    const length = Buffer.alloc(version === 1 ? 2 : 4);
    if (version === 1) length.writeUInt16LE(header.length);
    else length.writeUInt32LE(header.length);
    return Buffer.concat([Buffer.from([0x93]), Buffer.from("NUMPY"), Buffer.from([version, 0]), length, header, body]);
  };
  const doubles = Buffer.from(Float64Array.of(1, 0, 0.5, -2).buffer);
  for (const version of [1, 2, 3]) {
    await writeFile(path, array(version, "<f8", doubles));
    const vectors = (await collect(readVectors(path))).map(({ vector }) => [...vector]);
    assert.deepEqual(vectors, [
      [1, 0],
      [0.5, -2],
    ]);
  }
  for (const description of ["<i8", ">f8", "|O"]) {
    await writeFile(path, array(1, description, doubles));
    await assert.rejects(collect(readVectors(path)), { code: "corrupt-vectors", message: /is not a numpy array/ });
  }
});

test("Arrow's stream format, whole numbers and lists of doubles are read", async () => {
  const path = join(folder, "other.arrow");
  const vectors = [
    [1, 0],
    [0.5, -2],
  ];
  const table = new Table({
    size: vectorFromArray([7n, null], new Int64()),
    vector: vectorFromArray(vectors, new List(new Field("item", new Float64(), false))),
  });
  await writeFile(path, tableToIPC(table, "stream"));
  const rows = await collect(readVectors(path));
  assert.deepEqual(rows, [
    { columns: { size: 7 }, vector: Float32Array.from(vectors[0]) },
    { columns: {}, vector: Float32Array.from(vectors[1]) },
  ]);
});
