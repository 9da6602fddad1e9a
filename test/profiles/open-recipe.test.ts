import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MedembedError } from "../../src/errors.ts";
import { readImage } from "../../src/formats/index.ts";
import { openRecipe } from "../../src/profiles/open-recipe.ts";
import { prepareFile } from "../../src/profiles/prepare-file.ts";
import { parseProfile } from "../../src/profiles/profiles.ts";

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../files/${path}`, import.meta.url)));
const SIZE = { width: 64, height: 64 };

const RECIPES = [
  "toolkit-480",
  "toolkit-480;parity=1",
  "toolkit-480;percentiles=0.05;pad=1",
  "advanced-10-90",
  "mcp-512-jpeg",
  "finetune-512-q95",
];
const FILES = ["ct.dcm", "inverted.dcm", "colours.dcm"].map((name) => `recipes/${name}`);
const PICTURES = ["rgb.jpg", "rgba.png", "gray-alpha.png", "gray16.png", "palette.png"].map((name) => `images/${name}`);

for (const text of RECIPES) {
  test(`the engine sees with ${text} what an endpoint sees of the file that is sent`, async () => {
    for (const path of [...FILES, ...PICTURES]) {
      const sent = await openRecipe(text).prepare(file(path));
      for (const name of ["mi2-service", "direct"]) {
        const asked = await prepareFile(file(path), parseProfile(`${name};recipe=${text}`), SIZE, "allowed");
        assert.deepEqual(asked, await prepareFile(sent, parseProfile(name), SIZE, "refused"), `${path}, ${name}`);
      }
    }
  });
}

test("files are sent in the format of the recipe, gray tripled, alpha in parity only", async () => {
  const describe = async (text: string, path: string) => {
    const sent = await openRecipe(text).prepare(file(path));
    const { width, height, channels } = await readImage(sent);
    return [sent[0] === 0x89 ? "PNG" : "JPEG", width, height, channels];
  };
  assert.deepEqual(await describe("toolkit-480", "recipes/ct.dcm"), ["PNG", 480, 480, 3]);
  assert.deepEqual(await describe("toolkit-480", "images/rgba.png"), ["PNG", 480, 480, 3]);
  assert.deepEqual(await describe("toolkit-480;parity=1", "images/rgba.png"), ["PNG", 480, 480, 4]);
  assert.deepEqual(await describe("advanced-10-90", "recipes/ct.dcm"), ["PNG", 54, 70, 3]);
  assert.deepEqual(await describe("mcp-512-jpeg", "images/gray.png"), ["JPEG", 512, 512, 3]);
});

test("raw-file sends the bytes as they are, DICOM too", async () => {
  const { id, params, prepare } = openRecipe("raw-file");
  assert.deepEqual([id, params], ["", undefined]);
  assert.deepEqual(await prepare(file("recipes/ct.dcm")), file("recipes/ct.dcm"));
});

test("the id has the recipe's own options, the rendering of those that take pictures, and the frame", () => {
  const ids = ["toolkit-480;frame=2;parity=0;window=40,400", "mcp-512-jpeg;frame=2;rendering=ct-lung"];
  assert.deepEqual(
    ids.map((text) => openRecipe(text).id),
    ["recipe=toolkit-480;window=40,400;frame=2", "recipe=mcp-512-jpeg;rendering=ct-lung;frame=2"],
  );
});

test("another frame and another rendering give another picture", async () => {
  const prepare = (text: string, path: string) => openRecipe(text).prepare(file(path));
  const frames = ["toolkit-480", "toolkit-480;frame=2"].map((text) => prepare(text, "recipes/frames.dcm"));
  assert.notDeepEqual(await frames[0], await frames[1]);
  const [own, percentile] = ["mcp-512-jpeg", "mcp-512-jpeg;rendering=percentile"].map((text) =>
    prepare(text, "recipes/ct.dcm"),
  );
  assert.notDeepEqual(await own, await percentile);
});

const REFUSED: [text: string, message: RegExp][] = [
  ["other", /no recipe "other"/],
  ["raw-file;frame=2", /raw-file sends files as they are/],
  ["toolkit-480;rendering=ct-lung", /makes its pictures itself and goes with no rendering/],
  ["advanced-10-90;window=2", /with recipe advanced-10-90 has no option "window"/],
  ["toolkit-480;frame=0", /frame needs a whole number from 1/],
  ["toolkit-480;parity=1;frame=2", /knows the first frame only/],
  ["mcp-512-jpeg;rendering=other", /no rendering "other"/],
];
for (const [text, message] of REFUSED) {
  test(`recipe "${text}" is refused`, () => {
    assert.throws(
      () => openRecipe(text),
      (error) => error instanceof MedembedError && error.code === "usage" && message.test(error.message),
    );
  });
}

test("files that a recipe cannot take are refused", async () => {
  const refused = (text: string, bytes: Uint8Array, message: RegExp) =>
    assert.rejects(
      openRecipe(text).prepare(bytes),
      (error) => error instanceof MedembedError && error.code === "unsupported-image" && message.test(error.message),
    );
  await refused("toolkit-480", Uint8Array.of(1, 2, 3), /start like none/);
  await refused("toolkit-480;frame=3", file("recipes/frames.dcm"), /frame 3 is asked for, the DICOM file has 2/);
  await refused("toolkit-480;parity=1;engine=pydicom", file("recipes/frames.dcm"), /several frames/);
});

test("DICOM files are read in the engine only where they are allowed", async () => {
  const profile = parseProfile("mi2-service;recipe=toolkit-480");
  await assert.rejects(
    prepareFile(file("recipes/ct.dcm"), profile, SIZE, "refused"),
    (error) => error instanceof MedembedError && error.code === "unsupported-image",
  );
});
