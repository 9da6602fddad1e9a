import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { exportVectors } from "../../src/library/export-vectors.ts";
import { type FailedRow, importVectors } from "../../src/library/import-vectors.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect, freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

const folder = await temporaryFolder();
const records = Array.from({ length: 30 }, (_, i) =>
  storedVector(`record ${String(i).padStart(2, "0")}`, {
    ...(i % 2 > 0 && { bytes: i * 1_000, modified: 1732243456789.125 + i }),
    facts: { modality: ["CT", "MR"][i % 2], sliceThickness: i / 3, ...(i % 5 > 0 && { patient: `"p, ${i}"` }) },
    labels: i % 3 > 0 ? { finding: `it's ${i}`, "read.by": "A" } : {},
  }),
);
const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
after(() => library.close());
await library.insert(records);

async function contentOf(uri: string): Promise<StoredVector[]> {
  const opened = await Library.open({ uri });
  const content = await collect(opened.vectors());
  await opened.close();
  return content.sort((a, b) => (a.id < b.id ? -1 : 1));
}

for (const ending of [".jsonl", ".csv", ".npy", ".parquet", ".arrow"]) {
  test(`${ending}: what was exported and imported is the same library`, async () => {
    const path = join(folder, `all${ending}`);
    assert.equal(await exportVectors(library, path), records.length);
    const uri = await freshPlace();
    assert.equal(await importVectors({ uri }, path), records.length);
    assert.deepEqual(await contentOf(uri), records);
    assert.equal(await importVectors({ uri }, path), records.length);
    assert.equal((await contentOf(uri)).length, records.length, "importing twice doubles nothing");
  });
}

test("an export holds what the filter lets through", async () => {
  const path = join(folder, "some.jsonl");
  const where = [{ field: "modality", operator: "=", values: ["CT"] }] as const;
  assert.equal(await exportVectors(library, path, where), 15);
  const uri = await freshPlace();
  await importVectors({ uri }, path);
  assert.deepEqual(
    await contentOf(uri),
    records.filter(({ facts }) => facts.modality === "CT"),
  );
});

test("an import takes the places of records with its ids", async () => {
  const uri = await freshPlace();
  const other = await Library.openOrCreate({ uri }, SPACE);
  await other.insert([storedVector("record 00", { labels: { old: "yes" } }), storedVector("another")]);
  await other.close();
  const path = join(folder, "places.parquet");
  await exportVectors(library, path);
  await importVectors({ uri }, path);
  assert.deepEqual(await contentOf(uri), [storedVector("another"), ...records]);
});

const space = { weights: SPACE.weights, profile: SPACE.profile };
const row = (told: object) => JSON.stringify({ id: "a", ...space, vector: Array.from(unitVector("a")), ...told });

test("what embed writes can be imported: the path is id and source", async () => {
  const path = join(folder, "embedded.jsonl");
  await writeFile(path, `${row({ id: "scans/a.png", kind: "image", model: "synthetic", precision: "int8" })}\n`);
  const uri = await freshPlace();
  await importVectors({ uri }, path);
  const [{ added, ...record }] = await contentOf(uri);
  const { added: _, ...expected } = storedVector("scans/a.png", {
    source: "scans/a.png",
    precision: "int8",
    vector: unitVector("a"),
  });
  assert.deepEqual(record, expected);
  assert.ok(Date.parse(added) > 0);
});

test("rows that no library can hold are told, and the others stored", async () => {
  const path = join(folder, "mixed.jsonl");
  const rows = [
    row({ id: "good 1" }),
    row({ id: undefined }),
    row({ id: "text", kind: "text" }),
    row({ id: "thick", sliceThickness: "thin" }),
    row({ id: "label", "label.": "x" }),
    row({ id: "long", vector: Array.from(unitVector("a"), (value) => 2 * value) }),
    row({ id: "good 2", sliceThickness: "1.5" }),
  ];
  await writeFile(path, rows.join("\n"));
  const uri = await freshPlace();
  const failed: FailedRow[] = [];
  assert.equal(await importVectors({ uri }, path, (failure) => failed.push(failure)), 2);
  assert.deepEqual(
    failed.map(({ row }) => row),
    [2, 3, 4, 5, 6],
  );
  assert.match(
    failed.map(({ reason }) => reason).join("; "),
    /no id; .*of a text.*; .*no number; a label's name.*; .*2\.000 long/,
  );
  assert.deepEqual(
    (await contentOf(uri)).map(({ id, facts }) => [id, facts.sliceThickness]),
    [
      ["good 1", undefined],
      ["good 2", 1.5],
    ],
  );
});

test("vectors of another model, and those that do not tell their own, are refused", async () => {
  const uri = await freshPlace();
  const path = join(folder, "foreign.jsonl");
  await writeFile(path, `${row({})}\n${row({ profile: "mi2-service" })}\n`);
  await assert.rejects(importVectors({ uri }, path), { code: "wrong-space" });
  await writeFile(path, `${row({ weights: undefined })}\n`);
  await assert.rejects(importVectors({ uri }, path), { code: "corrupt-vectors", message: /row 1 of .* does not tell/ });
});
