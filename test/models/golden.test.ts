import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { readGolden } from "../../src/models/golden.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const GOLDEN = {
  source: "PyTorch",
  profile: "direct",
  tolerance: 5e-6,
  images: [{ png: "iVBORw0K", vector: [1, 0] }],
  texts: [{ text: "chest", vector: [0, 1] }],
};

async function readText(text: string) {
  await writeFile(join(folder, "golden.json"), text);
  return readGolden(folder);
}

test("golden vectors are read; a model need not have any", async () => {
  assert.equal(await readGolden(join(folder, "nowhere")), undefined);
  assert.deepEqual(await readText(JSON.stringify(GOLDEN)), GOLDEN);
});

test("golden vectors that could not fail are refused", async () => {
  const refused = [
    {},
    null,
    { ...GOLDEN, tolerance: "5e-6" },
    { ...GOLDEN, profile: undefined },
    { ...GOLDEN, images: undefined },
    { ...GOLDEN, images: [null] },
    { ...GOLDEN, texts: [{ text: "chest", vector: [] }] },
    { ...GOLDEN, texts: [{ text: "chest", vector: [null] }] },
  ];
  for (const golden of refused) await assert.rejects(readText(JSON.stringify(golden)), { code: "invalid-config" });
  await assert.rejects(readText("{"), { code: "invalid-config", message: /is not JSON/ });
  await assert.rejects(readText(" ".repeat(4 * 2 ** 20 + 1)), { code: "invalid-config" });
});

test("any JSON is read or refused", async () => {
  const values = fc.oneof(
    fc.jsonValue(),
    fc.record({ images: fc.jsonValue(), texts: fc.jsonValue() }).map((lists) => ({ ...GOLDEN, ...lists })),
  );
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      await readText(JSON.stringify(value)).catch((error) => {
        if (!(error instanceof MedembedError)) throw error;
      });
    }),
    { numRuns: 100 },
  );
});
