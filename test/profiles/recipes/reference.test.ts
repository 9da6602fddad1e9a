import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readImage } from "../../../src/formats/index.ts";
import { jpegRoundTrip } from "../../../src/profiles/jpeg-round-trip.ts";
import { parseProfile, profileRecipe, profileRendering } from "../../../src/profiles/profiles.ts";
import { readForRecipe } from "../../../src/profiles/read-for-recipe.ts";

const RECIPES = new URL("../../files/recipes/", import.meta.url);
const IMAGES = new URL("../../files/images/", import.meta.url);

/** What the clients' own libraries gave, as test/files/recipes/make.py wrote it down. */
interface Case {
  readonly file: string;
  readonly recipe: string;
  readonly frame: number;
  /** Height, width and channels; gray has two of them. */
  readonly shape: readonly number[];
  /** SHA-256. */
  readonly pixels: string;
  /** SHA-256 of what the JPEG decodes to. */
  readonly jpeg?: string;
  /** The pixels in base64, where they are few. */
  readonly png?: string;
}

const cases: Case[] = JSON.parse(readFileSync(new URL("reference.json", RECIPES), "utf8"));

for (const { file, recipe: text, frame, shape, pixels, jpeg, png } of cases) {
  test(`${text}${frame > 1 ? `;frame=${frame}` : ""} makes of ${file} what the client's libraries make`, async () => {
    const profile = parseProfile(`direct;recipe=${text};frame=${frame}`);
    const recipe = profileRecipe(profile)!;
    const url = [RECIPES, IMAGES].map((folder) => new URL(file, folder)).find(existsSync)!;
    const bytes = new Uint8Array(readFileSync(url));
    const picture = recipe.follow(await readForRecipe(bytes, recipe, profileRendering(profile), "allowed"));
    assert.deepEqual([picture.height, picture.width, picture.channels], [...shape, 1].slice(0, 3));
    if (png) {
      const { data } = await readImage(Buffer.from(png, "base64"));
      assert.deepEqual(picture.data, data); // says where they differ
    }
    assert.equal(sha256(picture.data), pixels);
    if (jpeg) assert.equal(sha256((await jpegRoundTrip(picture, recipe.jpegQuality!)).data), jpeg);
  });
}

test("the reference has cases of every recipe, with parity and without", () => {
  const recipes = new Set(cases.map(({ recipe }) => recipe));
  for (const name of ["toolkit-480", "advanced-10-90", "mcp-512-jpeg"]) {
    assert.ok([...recipes].some((recipe) => recipe.startsWith(name) && recipe.includes("parity=1")));
    assert.ok([...recipes].some((recipe) => recipe.startsWith(name) && !recipe.includes("parity=1")));
  }
  assert.ok(recipes.has("finetune-512-q95"));
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
