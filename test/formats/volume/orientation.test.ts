import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MedembedError } from "../../../src/errors.ts";
import { turnPicture } from "../../../src/formats/volume/cut-slice.ts";
import { cutOf, isUsable } from "../../../src/formats/volume/orientation.ts";
import type { Affine } from "../../../src/formats/volume/volume.ts";
import type { Image } from "../../../src/image.ts";

const { affines } = JSON.parse(readFileSync(new URL("../../files/nifti/reference.json", import.meta.url), "utf8")) as {
  affines: { affine: Affine; codes: string }[];
};

/** Which letters of nibabel's codes mean which axis, towards its positive end or not. */
const PLANES = {
  axial: { along: "SI", across: "LR", down: "PA" },
  coronal: { along: "AP", across: "LR", down: "IS" },
  sagittal: { along: "RL", across: "PA", down: "IS" },
} as const;

test("slices lie as nibabel says that the affine lies", () => {
  assert.ok(affines.length > 30);
  for (const { affine, codes } of affines) {
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      const expected = Object.entries(PLANES[plane]).map(([walk, letters]) => {
        const axis = [...codes].findIndex((letter) => letters.includes(letter));
        return [walk, { axis, isReversed: codes[axis] === letters[1] }];
      });
      assert.deepEqual(cutOf(affine, plane), Object.fromEntries(expected), `${codes} ${plane}`);
    }
  }
});

test("acquired slices run along k, as the plane that is nearest", () => {
  for (const { affine, codes } of affines) {
    const plane = Object.values(PLANES).findIndex(({ along }) => along.includes(codes[2]!));
    const name = (["axial", "coronal", "sagittal"] as const)[plane]!;
    assert.deepEqual(cutOf(affine, "acquired"), cutOf(affine, name));
    assert.equal(cutOf(affine, "acquired").along.axis, 2);
  }
});

test("without an orientation there are stored slices and no planes", () => {
  assert.deepEqual(cutOf(undefined, "acquired"), {
    along: { axis: 2, isReversed: false },
    across: { axis: 0, isReversed: true },
    down: { axis: 1, isReversed: true },
  });
  assert.throws(
    () => cutOf(undefined, "coronal"),
    (error) => error instanceof MedembedError && error.code === "unsupported-image",
  );
});

test("an affine that is flat or holds what is no number leads nowhere", () => {
  const rows = (k: readonly [number, number, number]): Affine => [
    [1, 0, k[0], 0],
    [0, 1, k[1], 0],
    [0, 0, k[2], 0],
  ];
  assert.ok(isUsable(rows([0, 0, 1])));
  assert.ok(isUsable(rows([0, 0, -1e-9])));
  for (const k of [
    [0, 0, 0],
    [1, 1, 0],
    [0, 0, Number.NaN],
    [0, 0, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.ok(!isUsable(rows(k)), `${k}`);
  }
});

test("a picture is turned with all its channels, and left alone where nothing is to turn", () => {
  const image: Image = {
    width: 3,
    height: 2,
    depth: 8,
    channels: 2,
    isIndexed: false,
    data: Uint8Array.from([1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16]),
  };
  const along = { axis: 2, isReversed: false } as const;
  const same = { along, across: { axis: 0, isReversed: false }, down: { axis: 1, isReversed: false } } as const;
  assert.equal(turnPicture(image, same), image);
  const mirrored = turnPicture(image, { ...same, across: { axis: 0, isReversed: true } });
  assert.deepEqual([...mirrored.data], [3, 13, 2, 12, 1, 11, 6, 16, 5, 15, 4, 14]);
  const turned = turnPicture(image, {
    along,
    across: { axis: 1, isReversed: true },
    down: { axis: 0, isReversed: false },
  });
  assert.deepEqual([turned.width, turned.height], [2, 3]);
  assert.deepEqual([...turned.data], [4, 14, 1, 11, 5, 15, 2, 12, 6, 16, 3, 13]);
});
