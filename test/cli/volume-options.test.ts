import assert from "node:assert/strict";
import { test } from "node:test";
import { volumeOptions } from "../../src/cli/volume-options.ts";
import { MedembedError } from "../../src/errors.ts";

test("without options a volume is the mean of all its slices, as acquired, and files are files", () => {
  assert.deepEqual(volumeOptions({}), {
    profile: undefined,
    settings: { plane: "acquired", slices: "all", aggregate: "mean" },
    isPerSeries: false,
    vectorLengths: 1,
    isForVolumesAlone: false,
  });
});

test("options go before what the profile says, and the rest of the profile is that of pictures", () => {
  const profile = "direct;plane=coronal;rendering=ct-lung;aggregate=max";
  const found = volumeOptions({ profile, aggregate: "statistics", slices: "centre", per: "series" });
  assert.deepEqual(found, {
    profile: "direct;rendering=ct-lung",
    settings: { plane: "coronal", slices: 1, aggregate: "statistics" },
    isPerSeries: true,
    vectorLengths: 7,
    isForVolumesAlone: true,
  });
});

test("options without sense are told with what they can be", () => {
  const cases: readonly [options: Readonly<Record<string, string>>, message: RegExp][] = [
    [{ per: "study" }, /--per study is unknown; it can be file, series/],
    [{ plane: "oblique" }, /plane oblique is unknown; it can be acquired, axial, coronal, sagittal/],
    [{ slices: "0" }, /slices 0 is unknown; it can be all, centre or a number/],
    [{ aggregate: "sum" }, /aggregate sum is unknown; it can be mean, median, max, std, statistics, none/],
    [{ profile: "direct;plane=up" }, /plane up is unknown/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => volumeOptions(options),
      (error) => error instanceof MedembedError && error.code === "usage" && message.test(error.message),
    );
  }
});
