import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseVolumeSettings } from "../../src/applications/volumes/volume-profile.ts";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { Embedder } from "../../src/embedder.ts";
import { MedembedError } from "../../src/errors.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { type AddOptions, addFiles } from "../../src/library/add-files.ts";
import type { AddingEmbedder } from "../../src/library/adding-embedder.ts";
import type { AddOutcome, AddSource } from "../../src/library/find-out.ts";
import { Library } from "../../src/library/library.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { withElements } from "../formats/dicom/edit-dicom.ts";
import {
  DIRECT_CARD,
  GOLDEN_TOLERANCE,
  golden,
  goldenFile,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { collect, freshPlace, SPACE } from "./synthetic.ts";

const folder = await temporaryFolder();
const embedder = await Embedder.open({
  model: await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD }),
  cacheFolder: join(folder, "cache"),
  precision: "fp32",
  threads: 2,
});
after(() => embedder.close());
const adding = sourceEmbedder(embedder, parseVolumeSettings({}));

const [one, two, three] = golden.images.map(({ file }) => goldenFile(file));
const hashOf = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

/** A folder with three pictures and a library. */
async function setUp(t: { after(work: () => Promise<void>): void }) {
  const study = await temporaryFolder();
  const paths = ["a.png", "b.png", "c.png"].map((name) => join(study, name));
  for (const [i, from] of [one, two, three].entries()) await copyFile(from, paths[i]);
  const library = await Library.openOrCreate({ uri: await freshPlace() }, spaceOf(embedder));
  t.after(() => library.close());
  return { study, paths, library };
}

async function* each(paths: readonly string[]): AsyncGenerator<AddSource> {
  for (const path of paths) yield { path };
}

const identify = keyedHash(Buffer.alloc(32, 7));

/** An embedder that counts what it is asked for. */
function counting() {
  const asked = { count: 0 };
  const embed: AddingEmbedder["embed"] = (source) => {
    asked.count++;
    return adding.embed(source);
  };
  return { ...adding, asked, embed };
}

const add = (
  library: Library,
  paths: readonly string[],
  by: AddingEmbedder = adding,
  options: Partial<AddOptions> = {},
) => collect(addFiles(library, by, each(paths), { identify, ...options }));
const outcomes = (added: readonly AddOutcome[]) => added.map(({ outcome }) => outcome);

test("pictures become records with their vectors, in order, under the hash of their bytes", async (t) => {
  const { paths, library } = await setUp(t);
  const ids = await Promise.all(paths.map(hashOf));
  const added = await add(library, paths, adding, {
    labels: { site: "A" },
  });
  assert.deepEqual(
    added,
    paths.map((path, i) => ({ path, outcome: "stored", id: ids[i] })),
  );
  const records = new Map((await collect(library.vectors())).map((record) => [record.id, record]));
  for (const [i, path] of paths.entries()) {
    const { vector, added: when, modified, ...rest } = records.get(ids[i])!;
    assert.ok(largestDifference(vector, golden.images[i].embedding) <= GOLDEN_TOLERANCE);
    assert.match(when, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const { length: bytes } = await readFile(path);
    assert.deepEqual(rest, {
      id: ids[i],
      source: path,
      bytes,
      precision: "fp32",
      facts: {},
      labels: { site: "A" },
    });
  }
});

test("adding twice stores nothing and embeds nothing", async (t) => {
  const { paths, library } = await setUp(t);
  await add(library, paths);
  const counter = counting();
  assert.deepEqual(outcomes(await add(library, paths, counter)), ["known", "known", "known"]);
  assert.deepEqual([counter.asked.count, await library.count()], [0, 3]);
});

test("a file that is known by path, size and time is not opened", async (t) => {
  const { paths, library } = await setUp(t);
  const time = new Date("2026-03-04T05:06:07Z");
  await utimes(paths[0], time, time);
  await add(library, paths);
  await writeFile(paths[0], (await readFile(paths[0])).reverse());
  await utimes(paths[0], time, time);
  assert.deepEqual(outcomes(await add(library, paths)), ["known", "known", "known"]);
});

test("contents that several files share are embedded once, and the first of the files is named", async (t) => {
  const { study, paths, library } = await setUp(t);
  const copies = Array.from({ length: 5 }, (_, i) => join(study, `copy-${i}.png`));
  for (const copy of copies) await copyFile(paths[0], copy);
  const counter = counting();
  const added = await add(library, [paths[0], ...copies, paths[1]], counter);
  assert.deepEqual(outcomes(added), ["stored", "known", "known", "known", "known", "known", "stored"]);
  assert.deepEqual([counter.asked.count, await library.count()], [2, 2]);
  await add(library, copies);
  const sources = (await collect(library.records())).map(({ source }) => source);
  assert.deepEqual(sources.sort(), [paths[0], paths[1]]);
});

test("of files with one content the first is named, though another was read first", async (t) => {
  const { paths, library } = await setUp(t);
  let wasRead = () => {};
  const read = new Promise<void>((resolve) => {
    wasRead = resolve;
  });
  const bytes = await readFile(one);
  async function* remote(): AsyncGenerator<AddSource> {
    yield { source: "dicomweb:1", name: "first", fetch: () => read.then(() => bytes) };
    yield { source: "dicomweb:2", name: "second", fetch: async () => bytes };
    yield { path: paths[0] };
  }
  const counter = counting();
  const embed: AddingEmbedder["embed"] = (source) => {
    wasRead();
    return counter.embed(source);
  };
  const added = await collect(addFiles(library, { ...counter, embed }, remote(), { identify }));
  assert.deepEqual(outcomes(added), ["stored", "known", "known"]);
  assert.deepEqual([counter.asked.count, await library.count()], [1, 1]);
  assert.equal((await collect(library.records()))[0].source, "dicomweb:1");
});

test("a file that has changed is a new content", async (t) => {
  const { paths, library } = await setUp(t);
  await add(library, paths);
  await copyFile(goldenFile(golden.images[3].file), paths[0]);
  assert.deepEqual(outcomes(await add(library, paths)), ["stored", "known", "known"]);
  assert.equal(await library.count(), 4);
});

test("a folder that was moved is not embedded again, and its records follow", async (t) => {
  const { study, paths, library } = await setUp(t);
  await add(library, paths);
  const moved = `${study}-moved`;
  await rename(study, moved);
  t.after(() => rm(moved, { recursive: true }));
  const movedPaths = paths.map((path) => path.replace(study, moved));
  const counter = counting();
  assert.deepEqual(outcomes(await add(library, movedPaths, counter)), ["known", "known", "known"]);
  assert.equal(counter.asked.count, 0);
  const sources = (await collect(library.records())).map(({ source }) => source);
  assert.deepEqual(sources.sort(), movedPaths);
});

test("files without a vector are told with their reasons, and the others are stored", async (t) => {
  const { study, paths, library } = await setUp(t);
  const broken = join(study, "broken.png");
  const twin = join(study, "broken-twin.png");
  await writeFile(broken, (await readFile(one)).subarray(0, 1_000));
  await copyFile(broken, twin);
  await mkdir(join(study, "folder.png"));
  const missing = join(study, "missing.png");
  const added = await add(library, [broken, paths[0], missing, twin, join(study, "folder.png"), paths[1]]);
  assert.deepEqual(
    added.map((file) => (file.outcome === "failed" ? file.code : file.outcome)),
    ["corrupt-image", "stored", "not-found", "corrupt-image", "not-found", "stored"],
  );
  for (const file of added) if (file.outcome === "failed") assert.ok(file.reason.length > 5);
  assert.equal(await library.count(), 2);
});

test("an embedder of another model or profile is refused before anything is read", async (t) => {
  const library = await Library.openOrCreate({ uri: await freshPlace() }, SPACE);
  t.after(() => library.close());
  let isAsked = false;
  async function* watched(): AsyncGenerator<AddSource> {
    isAsked = true;
    yield { path: one };
  }
  await assert.rejects(collect(addFiles(library, adding, watched(), { identify })), { code: "wrong-space" });
  assert.equal(isAsked, false);
});

test("what was done before the paths break off is stored and told", async (t) => {
  const { paths, library } = await setUp(t);
  async function* breaking(): AsyncGenerator<AddSource> {
    yield* each(paths.slice(0, 2));
    throw new MedembedError("not-found", "no more");
  }
  const told: AddOutcome[] = [];
  const run = async () => {
    for await (const outcome of addFiles(library, adding, breaking(), { identify })) told.push(outcome);
  };
  await assert.rejects(run(), { code: "not-found", message: "no more" });
  assert.deepEqual(outcomes(told), ["stored", "stored"]);
  assert.equal(await library.count(), 2);
});

test("a model that is closed ends the run, and does not make failures of all that is left", async (t) => {
  const { paths, library } = await setUp(t);
  const closed = { ...adding, embed: () => Promise.reject(new MedembedError("closed", "no more work")) };
  await assert.rejects(add(library, paths, closed), { code: "closed" });
});

const dicom = fileURLToPath(new URL("../../examples/dicom/ct-chest.dcm", import.meta.url));

test("a DICOM file's facts travel with its vector, and nothing that tells who it is", async (t) => {
  const uri = await freshPlace();
  const head = { ...spaceOf(embedder), identities: identitiesOf(identify) };
  const library = await Library.openOrCreate({ uri }, head);
  t.after(() => library.close());
  const folder = await temporaryFolder();
  const path = join(folder, "picture.dcm");
  const identities = { "00100010": "Quillfeather^Ottoline", "00100020": "MRN-90210-Q", "0020000d": "1.2.826.0.1.77" };
  const elements = Object.entries(identities).map(([tag, text]) => [tag, ["LO", Buffer.from(text)]] as const);
  await writeFile(path, withElements(await readFile(dicom), Object.fromEntries(elements)));
  assert.deepEqual(outcomes(await add(library, [path])), ["stored"]);
  const [{ facts }] = await collect(library.records());
  assert.equal(facts.modality, "CT");
  assert.equal(facts.patient, identify("patient", identities["00100020"]));
  const files = await readdir(uri, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name));
    for (const identity of Object.values(identities)) assert.ok(!bytes.includes(identity), file.name);
  }
});

test("identities under another key than the library's are refused", async (t) => {
  const uri = await freshPlace();
  const other = keyedHash(Buffer.alloc(32, 8));
  const library = await Library.openOrCreate({ uri }, { ...spaceOf(embedder), identities: identitiesOf(identify) });
  t.after(() => library.close());
  const reopened = await Library.open({ uri });
  t.after(() => reopened.close());
  await assert.rejects(add(reopened, [dicom], adding, { identify: other }), {
    code: "wrong-space",
    message: /under another key/,
  });
  assert.deepEqual(outcomes(await add(reopened, [dicom])), ["stored"]);
});

test("a picture that is no file is known by its source and not fetched again", async (t) => {
  const { library } = await setUp(t);
  const asked = { count: 0 };
  async function* remote(): AsyncGenerator<AddSource> {
    const fetch = async () => {
      asked.count++;
      return readFile(dicom);
    };
    yield { source: "dicomweb:1234", name: "instance 1", fetch };
    yield {
      source: "dicomweb:5678",
      name: "instance 2",
      fetch: () => Promise.reject(new MedembedError("server-failed", "gone")),
    };
  }
  const first = await collect(addFiles(library, adding, remote(), { identify }));
  assert.deepEqual(
    first.map((told) => [told.path, told.outcome]),
    [
      ["instance 1", "stored"],
      ["instance 2", "failed"],
    ],
  );
  assert.deepEqual(outcomes(await collect(addFiles(library, adding, remote(), { identify }))), ["known", "failed"]);
  assert.equal(asked.count, 1);
  const [{ source, bytes }] = await collect(library.records());
  assert.deepEqual([source, bytes], ["dicomweb:1234", undefined]);
});
