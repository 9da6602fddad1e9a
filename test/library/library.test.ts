import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { FACTS, type Facts } from "../../src/facts.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect, freshPlace, SPACE, storedVector, unitVector } from "./synthetic.ts";

/** A library that is closed at the end of the test. */
async function openLibrary(t: { after(work: () => Promise<void>): void }, uri: string): Promise<Library> {
  const library = await Library.openOrCreate({ uri }, SPACE);
  t.after(() => library.close());
  return library;
}

test("a library is made by the first who writes to it, and is there for others", async (t) => {
  const uri = await freshPlace();
  await assert.rejects(Library.open({ uri }), { code: "not-found", message: /there is no library at .*adding to it/ });
  const library = await openLibrary(t, uri);
  await library.insert([storedVector("a")]);
  const other = await Library.open({ uri });
  assert.deepEqual([other.head, await other.count()], [SPACE, 1]);
  await library.insert([storedVector("b")]);
  assert.equal(await other.count(), 2);
  await other.close();
});

test("looking for a library leaves nothing behind", async () => {
  const uri = await freshPlace();
  await assert.rejects(Library.open({ uri }), { code: "not-found" });
  await assert.rejects(readdir(uri), { code: "ENOENT" });
});

test("a folder with other things in it does not become a library", async () => {
  const uri = await temporaryFolder();
  await writeFile(join(uri, "scan.png"), "");
  await assert.rejects(Library.openOrCreate({ uri }, SPACE), { code: "usage", message: /has files in it/ });
});

test("what a process that was killed has left of a library does not stand in the way", async (t) => {
  const uri = await freshPlace();
  await mkdir(join(uri, "records.lance/_versions"), { recursive: true });
  const library = await openLibrary(t, uri);
  assert.equal((await library.insert([storedVector("a")])).stored, 1);
});

test("two who make one library at the same moment both write to it", async (t) => {
  const uri = await freshPlace();
  const libraries = await Promise.all([openLibrary(t, uri), openLibrary(t, uri)]);
  await Promise.all(libraries.map((library, i) => library.insert([storedVector(`from ${i}`)])));
  assert.deepEqual(await Promise.all(libraries.map((library) => library.count())), [2, 2]);
});

for (const [key, value, words] of [
  ["weights", "cd".repeat(32), /weights abababab, profile direct.*weights cdcdcdcd/],
  ["profile", "mi2-service", /profile direct.*profile mi2-service/],
  ["dimensions", 16, /24 values.*16 values/],
] as const) {
  test(`vectors of other ${key} are refused, with both named`, async (t) => {
    const uri = await freshPlace();
    await openLibrary(t, uri);
    const other = Library.openOrCreate({ uri }, { ...SPACE, [key]: value });
    await assert.rejects(other, { code: "wrong-space", message: words });
  });
}

test("a table that is none of ours is refused", async () => {
  const uri = await freshPlace();
  await (await connect(uri)).createTable("records", [{ id: "a", vector: [1, 0] }]);
  await assert.rejects(Library.open({ uri }), { code: "corrupt-library" });
  await assert.rejects(Library.openOrCreate({ uri }, SPACE), { code: "corrupt-library" });
});

test("records come back as they were stored, what is unknown of them absent", async (t) => {
  const library = await openLibrary(t, await freshPlace());
  const facts = Object.fromEntries(
    Object.entries(FACTS).map(([name, type], i) => [name, type === "text" ? `${name}'s "value" é` : i - 3.25]),
  ) as Facts;
  const records: StoredVector[] = [
    storedVector("full", { bytes: 2 ** 40, modified: 1732243456789.123, facts, labels: { b: "x=y", a: "it's" } }),
    storedVector("empty"),
  ];
  await library.insert(records);
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? 1 : -1);
  assert.deepEqual((await collect(library.vectors())).sort(byId), records);
  assert.deepEqual(
    (await collect(library.records())).sort(byId),
    records.map(({ vector, ...record }) => record),
  );
});

test("inserting again stores nothing, whether in the same call or in another process's name", async (t) => {
  const uri = await freshPlace();
  const library = await openLibrary(t, uri);
  const first = storedVector("a", { source: "/first.png" });
  const second = storedVector("a", { source: "/second.png" });
  assert.equal((await library.insert([first, storedVector("b"), second])).stored, 2);
  assert.equal((await library.insert([second, storedVector("c")])).stored, 1);
  assert.equal((await library.insert([])).stored, 0);
  const found = await collect(library.records());
  assert.deepEqual(found.map(({ id, source }) => [id, source]).sort(), [
    ["a", "/first.png"],
    ["b", "/pictures/b.png"],
    ["c", "/pictures/c.png"],
  ]);
});

test("two who insert the same records at the same moment store them once", async (t) => {
  const uri = await freshPlace();
  const libraries = await Promise.all([openLibrary(t, uri), openLibrary(t, uri)]);
  const ids = Array.from({ length: 60 }, (_, i) => `record ${i}`);
  const stored = await Promise.all(
    libraries.map(async (library) => {
      let count = 0;
      for (let at = 0; at < ids.length; at += 10) {
        const { stored } = await library.insert(ids.slice(at, at + 10).map((id) => storedVector(id)));
        count += stored;
      }
      return count;
    }),
  );
  assert.equal(stored[0] + stored[1], ids.length);
  assert.deepEqual((await collect(libraries[0].records())).map(({ id }) => id).sort(), ids.sort());
});

test("who writes, removes and compacts at the same moments do not lose each other's work", async (t) => {
  const uri = await freshPlace();
  const [writer, remover, compacter] = await Promise.all([1, 2, 3].map(() => openLibrary(t, uri)));
  const turns = Array.from({ length: 8 }, (_, turn) => turn);
  await remover.insert(turns.map((turn) => storedVector(`old ${turn}`)));
  await Promise.all([
    (async () => {
      for (const turn of turns) await writer.put([storedVector(`new ${turn}`)]);
    })(),
    (async () => {
      for (const turn of turns) await remover.remove([{ field: "id", operator: "=", values: [`old ${turn}`] }]);
    })(),
    (async () => {
      for (const _ of turns) await compacter.compact();
    })(),
  ]);
  const ids = (await collect(writer.records())).map(({ id }) => id);
  assert.deepEqual(
    ids.sort(),
    turns.map((turn) => `new ${turn}`),
  );
});

test("putting replaces records of the same id and stores the others", async (t) => {
  const library = await openLibrary(t, await freshPlace());
  await library.insert([storedVector("a"), storedVector("b")]);
  await library.put([storedVector("b", { labels: { finding: "none" } }), storedVector("c")]);
  const found = new Map((await collect(library.records())).map(({ id, labels }) => [id, labels]));
  assert.deepEqual([...found].sort(), [
    ["a", {}],
    ["b", { finding: "none" }],
    ["c", {}],
  ]);
});

test("what no library can hold is refused, and nothing of the call is stored", async (t) => {
  const library = await openLibrary(t, await freshPlace());
  const long = unitVector("long").map((value) => value * 1.01);
  const refusals: [told: Partial<StoredVector>, words: RegExp][] = [
    [{ vector: unitVector("short", 23) }, /23 values, those of the library have 24/],
    [{ vector: long }, /1\.010 long/],
    [{ vector: unitVector("odd").fill(Number.NaN, 3, 4) }, /NaN long/],
    [{ id: "" }, /the id of a record/],
    [{ source: "a\0b" }, /the source of a record/],
    [{ labels: { "a b": "x" } }, /a label's name/],
    [{ labels: { finding: "" } }, /the value of label finding/],
    [{ labels: { finding: "one\ntwo" } }, /the value of label finding/],
  ];
  for (const [told, message] of refusals) {
    await assert.rejects(library.insert([storedVector("good"), storedVector("bad", told)]), { code: "usage", message });
  }
  assert.equal(await library.count(), 0);
});

test("removing takes away what a filter lets through, at once for everybody", async (t) => {
  const uri = await freshPlace();
  const library = await openLibrary(t, uri);
  const other = await openLibrary(t, uri);
  await library.insert(["a", "b", "c"].map((id) => storedVector(id)));
  const query = unitVector("b");
  assert.equal((await other.search(query, { count: 1 }))[0].record.id, "b");
  assert.equal(await library.remove([{ field: "id", operator: "=", values: ["b", "z"] }]), 1);
  assert.equal(await other.count(), 2);
  assert.notEqual((await other.search(query, { count: 1 }))[0].record.id, "b");
});

test("compacting leaves the records as they are, and nothing of those that were removed on the disk", async (t) => {
  const uri = await freshPlace();
  const library = await openLibrary(t, uri);
  const ids = Array.from({ length: 20 }, (_, i) => `record ${i}`);
  for (const id of ids) await library.insert([storedVector(id, { source: `/patient-of-${id}.png` })]);
  const query = unitVector("record 7");
  const before = await library.search(query, { count: 20 });
  await library.remove([{ field: "id", operator: "=", values: ["record 19"] }]);
  await library.compact({ isAlone: true });
  const rest = before.filter(({ record }) => record.id !== "record 19");
  assert.deepEqual(await library.search(query, { count: 20 }), rest);
  const files = await readdir(uri, { recursive: true, withFileTypes: true });
  const bytes = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name))),
  );
  const holds = (text: string) => bytes.some((content) => content.includes(text));
  assert.deepEqual([holds("patient-of-record 18"), holds("patient-of-record 19")], [true, false]);
});
