import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRecipe, splitVolumeProfile, volumeProfile } from "../../../src/applications/volumes/volume-profile.ts";
import { MedembedError } from "../../../src/errors.ts";

test("what differs from the default stands in the profile, and comes out of it again", () => {
  const cases = [
    [{}, "direct"],
    [{ plane: "acquired", slices: "all", aggregate: "mean" }, "direct"],
    [{ plane: "coronal", slices: "20", aggregate: "median" }, "direct;plane=coronal;slices=20;aggregate=median"],
    [{ slices: "centre" }, "direct;slices=1"],
  ] as const;
  for (const [texts, id] of cases) {
    const recipe = parseRecipe(texts);
    assert.equal(volumeProfile("direct", recipe), id);
    const split = splitVolumeProfile(id);
    assert.equal(split.profile, "direct");
    assert.deepEqual(parseRecipe(split.recipe), recipe);
  }
});

test("the pictures' own options stay in their profile", () => {
  const id = volumeProfile("mi2-service;jpegQuality=95;rendering=ct-lung", parseRecipe({ plane: "axial" }));
  assert.equal(id, "mi2-service;jpegQuality=95;rendering=ct-lung;plane=axial");
  assert.deepEqual(splitVolumeProfile(id), {
    profile: "mi2-service;jpegQuality=95;rendering=ct-lung",
    recipe: { plane: "axial" },
  });
});

test("a slice by itself is a picture, whatever it is cut from", () => {
  assert.equal(volumeProfile("direct", parseRecipe({ plane: "axial", slices: "3", aggregate: "none" })), "direct");
});

test("what a recipe cannot be is told with what it can be", () => {
  const isUsage = (words: RegExp) => (error: unknown) =>
    error instanceof MedembedError && error.code === "usage" && words.test(error.message);
  assert.throws(() => parseRecipe({ plane: "oblique" }), isUsage(/acquired, axial, coronal, sagittal/));
  assert.throws(() => parseRecipe({ aggregate: "sum" }), isUsage(/mean, median, max, std, statistics, none/));
  for (const slices of ["0", "-1", "1.5", "", "1000001", "1e3", "some"]) {
    assert.throws(() => parseRecipe({ slices }), isUsage(/all, centre/));
  }
});
