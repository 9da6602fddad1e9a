import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseVolumeSettings,
  splitVolumeProfile,
  volumeProfile,
} from "../../../src/applications/volumes/volume-profile.ts";
import { MedembedError } from "../../../src/errors.ts";

test("what differs from the default stands in the profile, and comes out of it again", () => {
  const cases = [
    [{}, "direct"],
    [{ plane: "acquired", slices: "all", aggregate: "mean" }, "direct"],
    [{ plane: "coronal", slices: "20", aggregate: "median" }, "direct;plane=coronal;slices=20;aggregate=median"],
    [{ slices: "centre" }, "direct;slices=1"],
  ] as const;
  for (const [texts, id] of cases) {
    const settings = parseVolumeSettings(texts);
    assert.equal(volumeProfile("direct", settings), id);
    const split = splitVolumeProfile(id);
    assert.equal(split.profile, "direct");
    assert.deepEqual(parseVolumeSettings(split.settings), settings);
  }
});

test("the pictures' own options stay in their profile", () => {
  const id = volumeProfile("mi2-service;jpegQuality=95;rendering=ct-lung", parseVolumeSettings({ plane: "axial" }));
  assert.equal(id, "mi2-service;jpegQuality=95;rendering=ct-lung;plane=axial");
  assert.deepEqual(splitVolumeProfile(id), {
    profile: "mi2-service;jpegQuality=95;rendering=ct-lung",
    settings: { plane: "axial" },
  });
});

test("a slice by itself is a picture, whatever it is cut from", () => {
  assert.equal(
    volumeProfile("direct", parseVolumeSettings({ plane: "axial", slices: "3", aggregate: "none" })),
    "direct",
  );
});

test("what a setting cannot be is told with what it can be", () => {
  const isUsage = (words: RegExp) => (error: unknown) =>
    error instanceof MedembedError && error.code === "usage" && words.test(error.message);
  assert.throws(() => parseVolumeSettings({ plane: "oblique" }), isUsage(/acquired, axial, coronal, sagittal/));
  assert.throws(() => parseVolumeSettings({ aggregate: "sum" }), isUsage(/mean, median, max, std, statistics, none/));
  for (const slices of ["0", "-1", "1.5", "", "1000001", "1e3", "some"]) {
    assert.throws(() => parseVolumeSettings({ slices }), isUsage(/all, centre/));
  }
});
