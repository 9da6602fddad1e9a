import assert from "node:assert/strict";
import { appendFile, copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sharp } from "../../../src/formats/sharp.ts";
import { Library } from "../../../src/library/library.ts";
import type { LibraryRecord } from "../../../src/library/record.ts";
import { listSeries, middleSlice } from "../../../src/library/series-source.ts";
import { stateOf } from "../../../src/library/settled-file.ts";
import { thumbnailOf } from "../../../src/library/thumbnail.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { parseProfile } from "../../../src/profiles/profiles.ts";
import { CT_WINDOWS } from "../../../src/profiles/renderings/ct-windows.ts";
import { writeSlice } from "../../formats/dicom/series/write-series.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { serve } from "../serving.ts";

const folder = await temporaryFolder();
const embedder = await openGolden({ folder, profile: "direct;rendering=dicom" });
const vector = await embedder.embedImage(goldenImages[0]);
const uri = join(folder, "library");
const [shown, hidden] = [join(folder, "shown"), join(folder, "hidden")];
for (const each of [shown, hidden]) await mkdir(each);
const copies: Readonly<Record<string, string>> = {
  "shown/head.png": "examples/images/ct-head.png",
  "shown/chest.dcm": "examples/dicom/ct-chest.dcm",
  "shown/changed.png": "examples/images/ct-chest.png",
  "shown/gone.png": "examples/images/ct-chest.png",
  "shown/text.png": "examples/images/SOURCES.md",
  "shown/volume.nii": "test/files/nifti/anatomical.nii",
  "hidden/brain.png": "examples/images/mri-brain-axial.png",
};
for (const [name, from] of Object.entries(copies)) await copyFile(from, join(folder, name));
await symlink(join(hidden, "brain.png"), join(shown, "link.png"));

const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
const store = (id: string, about: Partial<LibraryRecord>) =>
  library.insert([
    { id, source: id, added: "2026-11-29T00:00:00Z", precision: "fp32", facts: {}, labels: {}, ...about, vector },
  ]);
for (const name of [...Object.keys(copies), "shown/link.png"]) {
  const source = join(folder, name);
  await store(name, { source, ...(await stateOf(source)) });
}
await store("told", { source: join(shown, "head.png") }); // as a call over HTTP stores it
await store("series", { source: join(shown, "chest.dcm"), frame: 1, slices: 40, listing: "of all files" });
await storeSeries("ct", ["a.dcm", "c.dcm", "b.dcm", "d.dcm"]);
await storeSeries("linked", ["a.dcm", "b.dcm", "c.dcm"]);
await rename(join(shown, "linked", "a.dcm"), join(hidden, "a.dcm"));
await symlink(join(hidden, "a.dcm"), join(shown, "linked", "a.dcm"));
await store("remote", { source: "https://pacs.example/one", bytes: 3 });
await library.close();
await appendFile(join(shown, "changed.png"), " ");
await rm(join(shown, "gone.png"));

/** Writes a series into a folder of its own, other files beside it. @param names in the order of the slices */
async function storeSeries(id: string, names: readonly string[]): Promise<void> {
  const study = join(shown, id);
  await mkdir(study);
  const write = (name: string, number: number, series: string) => {
    const values = Array.from({ length: 120 }, (_, i) => (i * 37 * number) % 500);
    return writeFile(join(study, name), writeSlice(values, { columns: 12, rows: 10, number, series }));
  };
  for (const [i, name] of names.entries()) await write(name, i + 1, "1.2.840.1");
  await write("other.dcm", 1, "1.2.840.2");
  await writeFile(join(study, "notes.txt"), "no picture");
  const { series } = await embedder.findSeries(names.map((name) => join(study, name)));
  const { states, listing } = await listSeries(series[0]);
  const { path: source } = middleSlice(series[0]);
  await store(id, { source, ...states.get(source), slices: names.length, listing });
}

const { app } = await serve(embedder, {
  keys: ["good-key"],
  libraries: [
    { name: "lib", uri, pictureFolder: shown },
    { name: "blind", uri },
  ],
});
const ask = (id: string, { query = "", key = "good-key", name = "lib" } = {}) =>
  app.inject({
    url: `/library/${name}/records/${encodeURIComponent(id)}/picture${query}`,
    headers: { authorization: `Bearer ${key}` },
  });

test("a record's picture is a JPEG of the size that is asked for, for this caller alone", async () => {
  const response = await ask("shown/head.png", { query: "?size=64" });
  assert.equal(response.statusCode, 200, response.body);
  assert.equal(response.headers["content-type"], "image/jpeg");
  assert.match(String(response.headers["cache-control"]), /^private/);
  assert.equal(response.headers["cross-origin-resource-policy"], "same-origin");
  const { format, width, height } = await sharp(response.rawPayload).metadata();
  assert.deepEqual([format, Math.max(width, height)], ["jpeg", 64]);
  const usual = await sharp((await ask("shown/head.png")).rawPayload).metadata();
  assert.equal(Math.max(usual.width, usual.height), 256, "a smaller picture stays as it is");
});

test("DICOM files and slices of series are rendered", async () => {
  for (const id of ["shown/chest.dcm", "series"]) {
    const response = await ask(id);
    assert.equal(response.statusCode, 200, response.body);
    const { channels } = await sharp(response.rawPayload).stats();
    assert.ok(channels[0].stdev > 20, `${id} is not of one gray`);
  }
});

test("grays are shown under the window that is asked for, and say under which one and of which values", async () => {
  const usual = await ask("shown/chest.dcm");
  assert.match(String(usual.headers["medembed-window"]), /^-?[\d.]+,[\d.]+$/);
  assert.equal(usual.headers["medembed-unit"], "HU");
  const [low, high] = String(usual.headers["medembed-range"]).split(",").map(Number);
  assert.ok(low < -800 && high > 200, `${low} to ${high}`);
  const [center, width] = String(usual.headers["medembed-window"]).split(",");
  const same = await ask("shown/chest.dcm", { query: `?center=${center}&width=${width}` });
  assert.ok(same.rawPayload.equals(usual.rawPayload), "its own window changes nothing");

  const { center: lung, width: wide } = CT_WINDOWS["ct-lung"];
  const asLung = await ask("shown/chest.dcm", { query: `?center=${lung}&width=${wide}` });
  assert.equal(asLung.headers["medembed-window"], "-600,1500");
  const look = { pictures: parseProfile("direct;rendering=ct-lung"), plane: "acquired" } as const;
  const expected = await thumbnailOf(await readFile(join(shown, "chest.dcm")), look, undefined);
  assert.ok(asLung.rawPayload.equals(expected), "as the rendering of that window");
  const narrow = await ask("shown/chest.dcm", { query: "?center=0&width=5e-1" });
  const { channels } = await sharp(narrow.rawPayload).stats();
  assert.ok(channels[0].min < 10 && channels[0].max > 245, "black and white");
});

test("any slice of a volume is shown, all over one range of values", async () => {
  const middle = await ask("shown/volume.nii");
  const [shownSlice, count] = String(middle.headers["medembed-slice"]).split("/").map(Number);
  assert.equal(shownSlice, (count >> 1) + 1);
  const again = await ask("shown/volume.nii", { query: `?slice=${shownSlice}` });
  assert.ok(again.rawPayload.equals(middle.rawPayload));
  const last = await ask("shown/volume.nii", { query: `?slice=${count}` });
  assert.ok(!last.rawPayload.equals(middle.rawPayload));
  assert.equal(last.headers["medembed-range"], middle.headers["medembed-range"]);
  const beyond = await ask("shown/volume.nii", { query: `?slice=${count + 1}` });
  assert.equal(beyond.statusCode, 400);
  assert.match(beyond.json().error.message, /there are/);
});

test("any slice of a series is shown, in the order in which they lie, as long as its files are those that were added", async () => {
  const look = { pictures: parseProfile("direct;rendering=dicom"), plane: "acquired" } as const;
  const names = ["a.dcm", "c.dcm", "b.dcm", "d.dcm"];
  for (const [i, name] of names.entries()) {
    const response = await ask("ct", { query: `?slice=${i + 1}` });
    assert.equal(response.statusCode, 200, response.body);
    assert.equal(response.headers["medembed-slice"], `${i + 1}/4`);
    const expected = await thumbnailOf(await readFile(join(shown, "ct", name)), look, 1);
    assert.ok(response.rawPayload.equals(expected), name);
  }
  const middle = await ask("ct");
  assert.equal(middle.headers["medembed-slice"], "3/4");
  assert.ok(middle.rawPayload.equals((await ask("ct", { query: "?slice=3" })).rawPayload));
  const windowed = await ask("ct", { query: "?slice=1&center=100&width=50" });
  assert.equal(windowed.headers["medembed-window"], "100,50");
  const beyond = await ask("ct", { query: "?slice=5" });
  assert.equal(beyond.statusCode, 400);
  assert.match(beyond.json().error.message, /slice 5 is asked for, there are 4/);

  await appendFile(join(shown, "ct", "a.dcm"), "  ");
  const changed = await ask("ct", { query: "?slice=1" });
  assert.equal(changed.statusCode, 404);
  assert.match(changed.json().error.message, /has changed since/);
  assert.equal((await ask("ct", { query: "?slice=2" })).statusCode, 200);
});

test("a slice outside the folder is not shown, nor one of files that make another series now", async () => {
  for (const [id, slice, reason] of [
    ["linked", 1, /outside the folder/],
    ["series", 3, /do not all lie in one folder; add it again/],
  ] as const) {
    const response = await ask(id, { query: `?slice=${slice}` });
    assert.equal(response.statusCode, 404, response.body);
    assert.match(response.json().error.message, reason);
    assert.ok(!response.body.includes(folder), "no path is told");
  }
  assert.equal((await ask("linked", { query: "?slice=3" })).statusCode, 200);
});

test("what is no file of the folder, or is no longer what was added, is not shown", async () => {
  const refused: readonly [id: string, reason: RegExp][] = [
    ["hidden/brain.png", /outside the folder/],
    ["shown/link.png", /outside the folder/],
    ["told", /not read from a file/],
    ["remote", /not read from a file/],
    ["shown/changed.png", /has changed since/],
    ["shown/gone.png", /not there any more/],
    ["none", /no record of this id/],
    ["../../../shown/head.png", /no record of this id/],
  ];
  for (const [id, reason] of refused) {
    const response = await ask(id);
    assert.equal(response.statusCode, 404, id);
    assert.match(response.json().error.message, reason);
    assert.ok(!response.body.includes(folder), "no path is told");
  }
  assert.equal((await ask("shown/text.png")).statusCode, 424);
});

test("without a key, of a library that shows none, and of a size that makes no sense there is no picture", async () => {
  assert.equal((await ask("shown/head.png", { key: "other-key" })).statusCode, 401);
  const blind = await ask("shown/head.png", { name: "blind" });
  assert.equal(blind.statusCode, 404);
  assert.match(blind.json().error.message, /shows no pictures/);
  assert.equal((await ask("shown/head.png", { name: "none" })).statusCode, 404);
  for (const query of [
    "?size=0",
    "?size=big",
    "?size=100000",
    "?path=/etc/passwd",
    "?slice=1",
    "?center=40&width=80",
  ]) {
    assert.equal((await ask("shown/head.png", { query })).statusCode, 400, query);
  }
  for (const query of [
    "?center=40",
    "?width=80",
    "?center=40&width=0",
    "?center=1e300&width=1",
    "?center=NaN&width=1",
    "?slice=0",
  ]) {
    assert.equal((await ask("shown/chest.dcm", { query })).statusCode, 400, query);
  }
});
