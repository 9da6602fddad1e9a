import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { readLabelTable } from "../../src/library/read-label-table.ts";
import { labelRecords, relabel } from "../../src/library/relabel.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect, freshPlace, SPACE, storedVector } from "./synthetic.ts";

const folder = await temporaryFolder();

async function setUp(t: { after(work: () => Promise<void>): void }) {
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  t.after(() => library.close());
  const source = (name: string) => join(folder, "study", name);
  await library.insert([
    storedVector("a", { source: source("a.png"), facts: { modality: "CT" }, labels: { site: "north" } }),
    storedVector("b", { source: source("b.png"), facts: { modality: "MR" } }),
    storedVector("c", { source: source("sub/c.png"), facts: { modality: "CT" } }),
  ]);
  const labels = async () =>
    Object.fromEntries((await collect(library.records())).map(({ id, labels }) => [id, labels] as const));
  return { library, labels };
}

test("labels are set and unset for what a filter lets through, and all else of a record stays", async (t) => {
  const { library, labels } = await setUp(t);
  const before = (await collect(library.vectors())).sort((a, b) => (a.id < b.id ? -1 : 1));
  const ct = [{ field: "modality", operator: "=", values: ["CT"] }] as const;
  assert.equal(await relabel(library, ct, { set: { finding: "none" }, unset: ["site"] }), 2);
  assert.deepEqual(await labels(), { a: { finding: "none" }, b: {}, c: { finding: "none" } });
  assert.equal(await relabel(library, ct, { set: { finding: "none" } }), 0);
  await assert.rejects(relabel(library, [], { set: { "a b": "c" } }), { code: "usage" });
  const after = (await collect(library.vectors())).sort((a, b) => (a.id < b.id ? -1 : 1));
  const withoutLabels = (records: typeof before) => records.map(({ labels, ...record }) => record);
  assert.deepEqual(withoutLabels(after), withoutLabels(before));
});

test("labels of a table go to the records of its paths, and unknown ones are told", async (t) => {
  const { library, labels } = await setUp(t);
  const table = join(folder, "study-labels.csv");
  await writeFile(table, '\ufeffpath,finding,grade\nstudy/a.png,"a, b",\nstudy/sub/c.png,none,2\nstudy/x.png,none,1\n');
  const unknown: string[] = [];
  assert.equal(await labelRecords(library, readLabelTable(table), (key) => unknown.push(key)), 2);
  assert.deepEqual(unknown, [join(folder, "study/x.png")]);
  assert.deepEqual(await labels(), {
    a: { site: "north", finding: "a, b" },
    b: {},
    c: { finding: "none", grade: "2" },
  });
});

test("a table may name records by their ids", async (t) => {
  const { library, labels } = await setUp(t);
  const table = join(folder, "ids.csv");
  await writeFile(table, "id,finding\r\nb,mass\r\n");
  assert.equal(await labelRecords(library, readLabelTable(table)), 1);
  assert.deepEqual((await labels()).b, { finding: "mass" });
});

test("what is no such table is refused", async () => {
  const files: [content: string, words: RegExp][] = [
    ["file,finding\na,b\n", /must have a column path or a column id/],
    ["path,id\na,b\n", /must have a column path or a column id/],
    ['path,finding\na,"b\n', /is no table: CSV_QUOTE_NOT_CLOSED/],
    ["path,finding\na,b,c\n", /is no table: CSV_RECORD_INCONSISTENT_COLUMNS/],
  ];
  const table = join(folder, "bad.csv");
  for (const [content, message] of files) {
    await writeFile(table, content);
    await assert.rejects(collect(readLabelTable(table)), { code: "usage", message });
  }
  await assert.rejects(collect(readLabelTable(join(folder, "none.csv"))), { code: "not-found" });
});
