import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { openWeights } from "../../src/convert/weights-file.ts";
import { hashWeights } from "../full/hash-weights.ts";
import { golden, readAll, readBytes, readOrRefuse } from "./forge.ts";

const reference = await readAll(golden("model.safetensors"));

test("the safetensors file has every tensor with the values of the weight generator", () => {
  const tensors = Object.entries(reference);
  assert.equal(
    tensors.reduce((sum, [, { values }]) => sum + values.length, 0),
    133_513,
  );
  for (const [name, { dtype, shape, values }] of tensors) {
    assert.equal(dtype, "float32");
    assert.deepEqual(values, [...hashWeights(name, shape)]);
  }
});

test("a torch zip holds the same tensors as the safetensors file", async () => {
  assert.deepEqual(await readAll(golden("model.torchzip.pt")), reference);
});

test("a legacy stream holds the same tensors as the safetensors file", async () => {
  const subset = await readAll(golden("subset.legacy.pt"));
  const names = Object.keys(reference).filter((name) => name.includes("resblocks.0") || name === "logit_scale");
  assert.deepEqual(Object.keys(subset).sort(), names.sort());
  for (const name of names) assert.deepEqual(subset[name], reference[name]);
});

test("float16 weights are the float32 ones rounded to half precision", async () => {
  const halves = await readAll(golden("model.torchzip-fp16.pt"));
  assert.deepEqual(Object.keys(halves).sort(), Object.keys(reference).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(halves)) {
    assert.equal(dtype, "float16");
    assert.deepEqual(shape, reference[name].shape);
    values.forEach((value, i) => {
      const exact = reference[name].values[i];
      const spacing = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 10));
      assert.ok(Math.abs(value - exact) <= spacing / 2, `${name}[${i}]: ${value} for ${exact}`);
    });
  }
});

test("views, shared storages, parameters and every element type of the corner cases are exact", async () => {
  const weights = await openWeights(golden("pickle-corner-cases.pt"));
  const found = [...weights.tensors.values()].map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`);
  const counting = Array.from({ length: 24 }, (_, i) => i);
  const transposed = counting.map((i) => (i % 4) * 6 + Math.floor(i / 4));
  assert.deepEqual(found, [
    "a float32 [4,6]",
    "b float32 [6]",
    "t float32 [6,4]",
    "p float32 [3]",
    "h float16 [4]",
    "bf bfloat16 [4]",
    "i int64 [3]",
    "s float32 []",
    "e float32 [0,3]",
  ]);
  assert.deepEqual([...(await weights.readFloat32("a"))], counting);
  assert.deepEqual([...(await weights.readFloat32("b"))], [6, 7, 8, 9, 10, 11]);
  assert.deepEqual([...(await weights.readFloat32("t"))], transposed);
  assert.deepEqual([...(await weights.readFloat32("e"))], []);
  await assert.rejects(weights.readFloat32("i"), { code: "wrong-checkpoint", message: /"i" holds int64/ });
  assert.deepEqual([...(await weights.readFloat32("p"))], [0, 1, 2]);
  assert.deepEqual([...(await weights.readFloat32("h"))], [0, 1, 2, 3]);
  assert.deepEqual([...(await weights.readFloat32("bf"))], [0, 1, 2, 3]);
  assert.deepEqual([...(await weights.readFloat32("s"))], [4.5]);
  await weights.close();
});

test("a missing file and a folder are not found", async () => {
  await assert.rejects(openWeights(golden("no-such-file")), { code: "not-found", message: /no-such-file: .*ENOENT/ });
  await assert.rejects(openWeights(golden("")), { code: "not-found" });
});

test("an empty file, another format and a Git LFS pointer are refused by name", async () => {
  const refused: [string, RegExp][] = [
    ["", /has 0 bytes and starts with nothing/],
    ["PK", /has 2 bytes and starts with 504b, needed: torch zip, legacy torch stream, safetensors/],
    ["\x89PNG\r\n\x1a\n", /needed: torch zip/],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:5e\n", /Git LFS pointer/],
  ];
  for (const [bytes, message] of refused) {
    await assert.rejects(readBytes(Buffer.from(bytes)), { code: "corrupt-checkpoint", message });
  }
});

test("a refused file leaves no handle open", { skip: process.platform !== "linux" }, async () => {
  const countHandles = async () => (await readdir("/proc/self/fd")).length;
  const before = await countHandles();
  for (const name of ["model.safetensors", "model.torchzip.pt", "subset.legacy.pt"]) {
    const bytes = await readFile(golden(name));
    await assert.rejects(readBytes(bytes.subarray(0, -1)), { code: "corrupt-checkpoint" });
  }
  assert.equal(await countHandles(), before);
});

for (const name of ["model.safetensors", "pickle-corner-cases.pt", "subset.legacy.pt"]) {
  test(`a damaged ${name} is read or refused, whatever the damage`, async () => {
    const bytes = await readFile(golden(name));
    const damage = fc.record({ at: fc.nat(), value: fc.nat(255) });
    const heads = fc.array(damage, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(heads, fc.option(fc.nat(bytes.length)), async (changes, cut) => {
        const damaged = Buffer.from(bytes.subarray(0, cut ?? bytes.length));
        for (const { at, value } of changes) damaged[at % Math.min(bytes.length, 3_000)] = value;
        await readOrRefuse(damaged);
      }),
      { numRuns: 100 },
    );
  });
}

test("random bytes behind every magic number are read or refused", async () => {
  const magics = ["504b0304", "80028a0a6cfc9c46f9206aa850192e80024de9032e", "40000000000000007b", ""];
  const starts = fc.constantFrom(...magics.map((magic) => Buffer.from(magic, "hex")));
  await fc.assert(
    fc.asyncProperty(starts, fc.uint8Array({ maxLength: 300 }), (start, rest) =>
      readOrRefuse(Buffer.concat([start, rest])),
    ),
    { numRuns: 120 },
  );
});
