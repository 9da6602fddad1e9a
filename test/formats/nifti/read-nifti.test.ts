import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { MedembedError } from "../../../src/errors.ts";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { toMeasure } from "../../../src/formats/dicom/monochrome-frame.ts";
import { isVolumeFile } from "../../../src/formats/nifti/read-nifti.ts";
import { countSlices, cutSlice } from "../../../src/formats/volume/cut-slice.ts";
import { cutOf, type Plane } from "../../../src/formats/volume/orientation.ts";
import type { Volume } from "../../../src/formats/volume/volume.ts";
import { readNiftiBytes } from "./nifti-bytes.ts";
import { DATATYPE, type NiftiOptions, writeNifti } from "./write-nifti.ts";

const FOLDER = new URL("../../files/nifti/", import.meta.url);
const VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 127];

interface ExpectedFile {
  readonly shape: readonly number[];
  readonly affine: readonly (readonly number[])[];
  readonly volumes: Readonly<Record<string, { values: string; slices: Record<Exclude<Plane, "acquired">, string> }>>;
}

const { files } = JSON.parse(readFileSync(new URL("reference.json", FOLDER), "utf8")) as {
  files: Record<string, ExpectedFile>;
};

for (const [name, expected] of Object.entries(files)) {
  test(`${name} holds what nibabel finds in it, in every plane`, async () => {
    const bytes = new Uint8Array(readFileSync(new URL(name, FOLDER)));
    for (const [number, { values, slices }] of Object.entries(expected.volumes)) {
      const volume = await readNiftiBytes(bytes, Number(number));
      assert.deepEqual(volume.shape, expected.shape);
      assertClose(volume, expected.affine);
      assert.equal(hash(measures(volume, volume.voxels)), values);
      for (const [plane, hashed] of Object.entries(slices)) {
        const cut = cutOf(volume.affine, plane as Plane);
        const all = Array.from({ length: countSlices(volume, cut) }, (_, i) => cutSlice(volume, cut, i));
        assert.equal(hash(all.flatMap((slice) => measures(slice, slice.values))), hashed, plane);
      }
    }
  });
}

for (const kind of Object.keys(DATATYPE) as (keyof typeof DATATYPE)[]) {
  test(`${kind} is read in both versions and orders of bytes, plain and packed`, async () => {
    const values = VALUES.map((value) => (kind.startsWith("float") ? value / 4 : value));
    for (const version of [1, 2] as const) {
      for (const isBigEndian of [false, true]) {
        for (const isPacked of [false, true]) {
          const volume = await read(values, { kind, version, isBigEndian, isPacked, scale: [2, -3] });
          assert.deepEqual(volume.shape, [2, 3, 2]);
          assert.deepEqual(
            measures(volume, volume.voxels),
            values.map((value) => 2 * value - 3),
          );
        }
      }
    }
  });
}

test("values below zero keep their sign", async () => {
  for (const kind of ["int8", "int16", "int32", "int64", "float32", "float64"] as const) {
    const volume = await read([-1, -128, 127, -2], { kind, dims: [2, 2], isBigEndian: true });
    assert.deepEqual([...volume.voxels], [-1, -128, 127, -2]);
  }
  assert.deepEqual([...(await read([4_294_967_295], { kind: "uint32", dims: [1] })).voxels], [4_294_967_295]);
});

test("a slope of 0 or without a number scales nothing; an intercept without a number is refused", async () => {
  for (const slope of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
    const volume = await read(VALUES, { scale: [slope, 5] });
    assert.deepEqual(volume.modality, { slope: 1, intercept: 0 });
  }
  await assert.rejects(read(VALUES, { scale: [1, Number.NaN] }), isError("corrupt-image"));
});

test("the n-th volume of a 4D file is read, and the others are told of", async () => {
  const options = { dims: [2, 3, 1, 2], isPacked: true } as const;
  const second = await read(VALUES, options, 2);
  assert.deepEqual([...second.voxels], VALUES.slice(6));
  assert.deepEqual(
    second.findings.map(({ code }) => code),
    ["no-orientation", "more-volumes"],
  );
  await assert.rejects(read(VALUES, options, 3), isError("unsupported-image"));
});

test("extensions before the voxels are passed over", async () => {
  for (const extension of [16, 10_000]) {
    for (const isPacked of [false, true]) {
      assert.deepEqual([...(await read(VALUES, { extension, isPacked })).voxels], VALUES);
    }
  }
});

test("the sform goes before the qform, one that leads nowhere is passed over, and units become millimetres", async () => {
  const sform = [
    [0, 2, 0, 10],
    [0, 0, 3, 20],
    [4, 0, 0, 30],
  ];
  // A turn by 90 degrees around the third axis: i runs to the front, j to the left.
  const qform = { quaternion: [0, 0, Math.SQRT1_2], offsets: [1, 2, 3], factor: -1 } as const;
  assertClose(await read(VALUES, { sform, qform }), sform);
  const flat = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  const turned = [
    [0, -5, 0, 1],
    [4, 0, 0, 2],
    [0, 0, -6, 3],
  ];
  for (const version of [1, 2] as const) {
    assertClose(await read(VALUES, { sform: flat, qform, version, pixelSizes: [4, 5, 6] }), turned);
  }
  const inMetres = sform.map((row) => row.map((value) => value * 1000));
  assertClose(await read(VALUES, { sform, units: 1 }), inMetres);
  assert.equal((await read(VALUES, { sform: flat })).affine, undefined);
});

test("cal_min and cal_max become a window where they span one", async () => {
  const [window] = (await read(VALUES, { shown: [10, 50] })).windows;
  assert.deepEqual(window, { center: 30, width: 40, shape: "LINEAR_EXACT" });
  for (const shown of [
    [5, 5],
    [9, 3],
    [0, Number.POSITIVE_INFINITY],
    [Number.NaN, 1],
  ] as const) {
    assert.deepEqual((await read(VALUES, { shown })).windows, []);
  }
});

test("what is no volume of numbers is refused with a code", async () => {
  const good = writeNifti(VALUES);
  const pair = good.slice();
  pair.set(Buffer.from("ni1"), 344);
  const cases: [bytes: Uint8Array, code: string][] = [
    [new Uint8Array(), "unsupported-image"],
    [new Uint8Array(1_000), "unsupported-image"],
    [good.subarray(0, 347), "unsupported-image"],
    [good.subarray(0, 350), "corrupt-image"],
    [good.subarray(0, good.length - 1), "corrupt-image"],
    [pair, "unsupported-image"],
    [writeNifti(VALUES, { claimed: 128 }), "unsupported-image"], // RGB
    [writeNifti(VALUES, { claimed: 32 }), "unsupported-image"], // complex
    [writeNifti(VALUES, { dims: [2, 2, 1, 1, 3] }), "unsupported-image"],
    [writeNifti(VALUES, { dims: [2, 0, 3] }), "corrupt-image"],
    [writeNifti(VALUES, { dims: [-2, 3, 2] }), "corrupt-image"],
    [writeNifti(VALUES, { dims: [] }), "corrupt-image"],
    [writeNifti(VALUES, { dims: [32_767, 32_767, 32_767] }), "image-too-large"],
    [writeNifti(VALUES, { version: 2, dims: [2 ** 40, 2 ** 40, 2 ** 40] }), "image-too-large"],
    [new Uint8Array(gzipSync(new Uint8Array(10_000))), "unsupported-image"],
    [new Uint8Array([0x1f, 0x8b]), "corrupt-image"],
    [new Uint8Array([0x1f, 0x8b, 9, 9, 9, 9, 9, 9]), "corrupt-image"],
    [writeNifti(VALUES, { isPacked: true }).subarray(0, 60), "corrupt-image"],
  ];
  for (const [index, [bytes, code]] of cases.entries()) {
    await assert.rejects(readNiftiBytes(bytes), isError(code), `case ${index}`);
  }
});

test("a small file that claims much is refused before memory is reserved", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const claims = { dims: [1000, 1000, 500] };
  for (const isPacked of [false, true]) {
    await assert.rejects(read(VALUES, { ...claims, isPacked }), isError("corrupt-image"));
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50 * 2 ** 20);
});

test("a volume file is told by its beginning", () => {
  assert.ok(isVolumeFile(writeNifti(VALUES)));
  assert.ok(isVolumeFile(writeNifti(VALUES, { version: 2, isBigEndian: true })));
  assert.ok(isVolumeFile(writeNifti(VALUES, { isPacked: true })));
  assert.ok(!isVolumeFile(Buffer.from("\x89PNG\r\n\x1a\n")));
  assert.ok(!isVolumeFile(new Uint8Array()));
});

function read(values: readonly number[], options: NiftiOptions, volume = 1): Promise<Volume> {
  return readNiftiBytes(writeNifti(values, options), volume);
}

function measures({ modality }: Pick<MonochromeFrame, "modality">, values: MonochromeFrame["values"]): number[] {
  return Array.from(values, (value) => toMeasure(modality, value));
}

function hash(values: readonly number[]): string {
  const numbers = Float64Array.from(values, (value) => (Number.isNaN(value) ? -12345 : value));
  return createHash("sha256").update(new Uint8Array(numbers.buffer)).digest("hex");
}

function assertClose({ affine }: Volume, expected: readonly (readonly number[])[]): void {
  const found = affine!.flat();
  for (const [i, value] of expected.flat().entries()) assert.ok(Math.abs(found[i] - value) < 1e-4, `${found}`);
}

function isError(code: string) {
  return (error: unknown) => error instanceof MedembedError && error.code === code;
}
