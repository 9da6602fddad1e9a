import assert from "node:assert/strict";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { encodeRecords } from "../../src/library/arrow-rows.ts";
import { Library } from "../../src/library/library.ts";
import { findFaults, findLostFiles } from "../../src/library/verify.ts";
import { temporaryFolder } from "../golden-small.ts";
import { collect, freshPlace, SPACE, storedVector } from "./synthetic.ts";

test("records that were damaged or doubled by other means are found", async () => {
  const uri = await freshPlace();
  const library = await Library.openOrCreate({ uri }, SPACE);
  await library.insert([storedVector("good"), storedVector("twice")]);
  assert.deepEqual(await collect(findFaults(library)), []);
  const table = await (await connect(uri)).openTable("records");
  const zero = storedVector("zero", { vector: new Float32Array(SPACE.dimensions) });
  await table.add(encodeRecords([storedVector("twice"), zero], SPACE));
  assert.deepEqual((await collect(findFaults(library))).map(({ id, reason }) => `${id}: ${reason}`).sort(), [
    "twice: its id is there twice",
    "zero: a vector is 0.000 long, those of a library are 1 long",
  ]);
  await library.close();
});

test("files that are gone or were changed are found; what was no file is not looked for", async () => {
  const folder = await temporaryFolder();
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  for (const name of ["same", "changed", "gone"]) {
    const source = join(folder, name);
    await writeFile(source, name);
    const { size: bytes, mtimeMs: modified } = await stat(source);
    await library.insert([storedVector(name, { source, bytes, modified })]);
  }
  await library.insert([storedVector("remote", { source: "dicomweb:1234" })]);
  await writeFile(join(folder, "changed"), "longer than before");
  await rm(join(folder, "gone"));
  const lost = (await collect(findLostFiles(library))).map(({ id, state }) => [id, state]);
  assert.deepEqual(lost.sort(), [
    ["changed", "changed"],
    ["gone", "gone"],
  ]);
  await library.close();
});
