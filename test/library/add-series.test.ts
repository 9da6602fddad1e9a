import assert from "node:assert/strict";
import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { embedVolume } from "../../src/applications/volumes/embed-volume.ts";
import { parseVolumeSettings } from "../../src/applications/volumes/volume-profile.ts";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { Embedder } from "../../src/embedder.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { addFiles } from "../../src/library/add-files.ts";
import type { AddingEmbedder } from "../../src/library/adding-embedder.ts";
import type { AddSource } from "../../src/library/find-out.ts";
import { Library } from "../../src/library/library.ts";
import { spaceOf } from "../../src/library/vector-space.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { collect, freshPlace } from "./synthetic.ts";

const models = await temporaryFolder();
const embedder = await Embedder.open({
  model: await makeCheckpoint(join(models, "golden-small"), { card: DIRECT_CARD }),
  cacheFolder: join(models, "cache"),
  precision: "fp32",
  threads: 2,
});
after(() => embedder.close());
const settings = parseVolumeSettings({});
const identify = keyedHash(Buffer.alloc(32, 7));

/** A folder with slices of one series, numbered as given, and a library; `asked` counts what is embedded. */
async function setUp(t: { after(work: () => Promise<void>): void }, numbers: readonly number[]) {
  const study = await temporaryFolder();
  for (const number of numbers) await write(study, number);
  const real = sourceEmbedder(embedder, settings);
  const library = await Library.openOrCreate({ uri: await freshPlace() }, spaceOf(real));
  t.after(() => library.close());
  const asked = { count: 0 };
  const adding: AddingEmbedder = {
    ...real,
    embed: (source) => {
      asked.count++;
      return real.embed(source);
    },
  };
  const add = async (paths: readonly string[]) => {
    async function* sources(): AsyncGenerator<AddSource> {
      const { series } = await embedder.findSeries(paths);
      for (const found of series) {
        yield { path: found.slices[0].path, lend: (work) => work({ series: found }) };
      }
    }
    return collect(addFiles(library, adding, sources(), { identify }));
  };
  return { study, library, asked, add };
}

const nameOf = (number: number) => `${9 - number}.dcm`; // names run otherwise than slices
const pathsOf = (folder: string, numbers: readonly number[]) => numbers.map((number) => join(folder, nameOf(number)));
const write = (folder: string, number: number) => writeFile(join(folder, nameOf(number)), sliceOf(number));

function sliceOf(number: number): Uint8Array {
  const values = Array.from({ length: 120 }, (_, i) => (i * 37 * number) % 500);
  const more = { "00080060": ["CS", "MR"], "00180050": ["DS", "2"] } as const;
  return writeSlice(values, { columns: 12, rows: 10, number, series: "1.2.840.1", more });
}

test("a series is one record with the vector of all its slices, and the facts in which they agree", async (t) => {
  const { study, library, add } = await setUp(t, [1, 2, 3]);
  const paths = pathsOf(study, [1, 2, 3]);
  const [stored, ...others] = await add(paths);
  assert.deepEqual(others, []);
  assert.equal(stored.outcome, "stored");
  const [{ vector, facts, source, slices, id }] = await collect(library.vectors());
  const [series] = (await embedder.findSeries(paths)).series;
  assert.deepEqual(vector, (await embedVolume(embedder, series)).vector);
  assert.deepEqual(facts, {
    modality: "MR",
    plane: "axial",
    sliceThickness: 2,
    rowSpacing: 1,
    columnSpacing: 1,
    series: identify("series", "1.2.840.1"),
  });
  assert.deepEqual({ source, slices }, { source: paths[1], slices: 3 });
  assert.match(id, /^[0-9a-f]{64}$/);
});

test("adding it twice embeds nothing, and its id is the same wherever and in whatever order its files lie", async (t) => {
  const { study, library, asked, add } = await setUp(t, [1, 2, 3]);
  const [first] = await add(pathsOf(study, [1, 2, 3]));
  for (const path of pathsOf(study, [1, 2, 3])) await utimes(path, 0, 0); // a known content with other times
  assert.deepEqual(
    (await add(pathsOf(study, [3, 1, 2]))).map(({ outcome }) => outcome),
    ["known"],
  );
  assert.equal(asked.count, 1);
  const other = await setUp(t, []);
  for (const number of [1, 2, 3]) await writeFile(join(other.study, `IM${number}`), sliceOf(number));
  const [elsewhere] = await other.add([3, 1, 2].map((number) => join(other.study, `IM${number}`)));
  assert.ok(first.outcome === "stored" && elsewhere.outcome === "stored");
  assert.equal(elsewhere.id, first.id);
  assert.equal(await library.count(), 1);
});

test("a series that was moved is not embedded again, and its record follows", async (t) => {
  const { study, library, asked, add } = await setUp(t, [1, 2, 3]);
  await add(pathsOf(study, [1, 2, 3]));
  const moved = `${study}-moved`;
  await rename(study, moved);
  t.after(() => rm(moved, { recursive: true }));
  const paths = pathsOf(moved, [1, 2, 3]);
  assert.deepEqual(
    (await add(paths)).map(({ outcome }) => outcome),
    ["known"],
  );
  assert.equal(asked.count, 1);
  assert.deepEqual(
    (await collect(library.records())).map(({ source }) => source),
    [paths[1]],
  );
});

test("a series that has got another slice takes the place of what it was; a part of it is passed by", async (t) => {
  const { study, library, asked, add } = await setUp(t, [1, 2, 3]);
  const [first] = await add(pathsOf(study, [1, 2, 3]));
  await write(study, 4);
  const [second] = await add(pathsOf(study, [1, 2, 3, 4]));
  assert.ok(first.outcome === "stored" && second.outcome === "stored");
  assert.notEqual(second.id, first.id);
  const held = async () => (await collect(library.records())).map(({ id, slices }) => ({ id, slices }));
  assert.deepEqual(await held(), [{ id: second.id, slices: 4 }]);
  const [part] = await add(pathsOf(study, [2, 3]));
  assert.deepEqual(part, {
    path: join(study, nameOf(2)),
    outcome: "known",
    id: second.id,
    findings: ["the library has 4 slices of this series, and these are 2: add all its files together"],
  });
  assert.equal(asked.count, 2);
  assert.deepEqual(await held(), [{ id: second.id, slices: 4 }]);
});

test("a picture of its own is not taken for the series whose middle slice it is, nor the other way round", async (t) => {
  const { study, library, add } = await setUp(t, [1, 2, 3]);
  await add(pathsOf(study, [1, 2, 3]));
  const [path] = pathsOf(study, [2]);
  async function* picture(): AsyncGenerator<AddSource> {
    yield { path };
  }
  const [told] = await collect(addFiles(library, sourceEmbedder(embedder, settings), picture(), { identify }));
  assert.equal(told.outcome, "stored");
  assert.deepEqual(
    (await add(pathsOf(study, [1, 2, 3]))).map(({ outcome }) => outcome),
    ["known"],
  );
  const records = await collect(library.records());
  assert.deepEqual(
    records.map(({ source }) => source),
    [path, path],
  );
  assert.deepEqual(records.map(({ slices }) => slices).sort(), [3, undefined]);
});

test("findings are told; a slice that cannot be read fails alone, and when it is whole the series is taken anew", async (t) => {
  const { study, library, add } = await setUp(t, [1, 2, 4]);
  const [path] = pathsOf(study, [4]);
  await writeFile(path, sliceOf(4).subarray(0, -50));
  const [stored, failed, ...others] = await add(pathsOf(study, [1, 2, 4]));
  assert.ok(stored.outcome === "stored");
  assert.deepEqual([stored.slices, stored.findings], [2, ["1 of 3 slices are followed by a gap; about 1 are missing"]]);
  assert.ok(failed.outcome === "failed");
  assert.deepEqual([failed.path, failed.code, others], [path, "corrupt-image", []]);
  await write(study, 4);
  const again = await add(pathsOf(study, [1, 2, 4]));
  assert.deepEqual(
    again.map(({ outcome }) => outcome),
    ["stored"],
  );
  assert.equal(await library.count(), 1);
});

test("a series without a readable slice fails as a whole", async (t) => {
  const { study, library, add } = await setUp(t, []);
  await mkdir(join(study, "bad"));
  const paths = pathsOf(join(study, "bad"), [1, 2]);
  for (const [i, path] of paths.entries()) await writeFile(path, sliceOf(i + 1).subarray(0, -50));
  const [told, ...others] = await add(paths);
  assert.deepEqual([told.outcome, others, await library.count()], ["failed", [], 0]);
});
