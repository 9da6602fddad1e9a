import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { countInputs, type InputArguments, listInputs } from "../../src/cli/inputs.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
for (const name of [
  "b.png",
  "a.jpg",
  "B.TIFF",
  "notes.txt",
  "sub/z.webp",
  "sub/deeper/y.bmp",
  "empty/.keep",
  "no-ending",
]) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), "");
}

async function list(args: Partial<InputArguments>): Promise<string[]> {
  const all = { paths: [], texts: [], textsFile: undefined, ...args };
  const found: string[] = [];
  for await (const { kind, id } of listInputs(all))
    found.push(`${kind} ${id.replace(folder, "").replaceAll("\\", "/")}`);
  assert.equal(await countInputs(all), found.length);
  return found;
}

test("a folder gives the images in it and below, by name", async () => {
  assert.deepEqual(await list({ paths: [folder] }), [
    "image /B.TIFF",
    "image /a.jpg",
    "image /b.png",
    "image /sub/deeper/y.bmp",
    "image /sub/z.webp",
  ]);
});

test("a folder gives its DICOM files, with the usual ending, without one, or with the end of a UID", async () => {
  const study = join(folder, "../", `${basename(folder)}-study`);
  await mkdir(study);
  const dicom = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);
  for (const name of ["a.dcm", "IM0001", "1.2.840.113", "DICOMDIR", "notes.txt"])
    await writeFile(join(study, name), dicom);
  await writeFile(join(study, "README"), "a text of some length ".repeat(10));
  const found = await list({ paths: [study] });
  assert.deepEqual(
    found.map((line) => basename(line)),
    ["1.2.840.113", "IM0001", "a.dcm"],
  );
  await rm(study, { recursive: true });
});

test("a file named on its own is taken whatever its name, also one that is missing", async () => {
  const paths = [join(folder, "no-ending"), join(folder, "missing.png")];
  assert.deepEqual(await list({ paths }), ["image /no-ending", "image /missing.png"]);
});

test("a glob gives its matches in order; one without any is an error", async () => {
  const pattern = (name: string) => join(folder, name).replaceAll("\\", "/");
  assert.deepEqual(await list({ paths: [pattern("**/*.{webp,bmp}")] }), [
    "image /sub/deeper/y.bmp",
    "image /sub/z.webp",
  ]);
  await assert.rejects(list({ paths: [pattern("*.dcm")] }), { code: "not-found", message: /no file matches/ });
});

test("paths come first, then texts, then the file of texts: one a line, empty ones left out", async () => {
  const textsFile = join(folder, "texts.txt");
  await writeFile(textsFile, "chest\r\n\n  \nbrain, left\nlast");
  assert.deepEqual(await list({ textsFile, texts: ["given", ""], paths: [join(folder, "b.png")] }), [
    "image /b.png",
    "text given",
    "text ",
    "text chest",
    "text brain, left",
    "text last",
  ]);
});

test("a file of texts that is none is an error", async () => {
  await assert.rejects(list({ textsFile: folder }), { code: "not-found" });
});

test("standard input cannot be counted beforehand", async () => {
  assert.equal(await countInputs({ paths: ["-"], texts: [], textsFile: undefined }), undefined);
  assert.equal(await countInputs({ paths: [], texts: ["a"], textsFile: "-" }), undefined);
});

test("after an interruption the list ends", async () => {
  const stop = new AbortController();
  const found: string[] = [];
  for await (const { id } of listInputs({ paths: [], texts: ["a", "b", "c"], textsFile: undefined }, stop.signal)) {
    found.push(id);
    if (id === "b") stop.abort();
  }
  assert.deepEqual(found, ["a", "b"]);
});
