import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fastestFaithful, openBundle } from "../../src/convert/open-bundle.ts";
import { DIRECT_CARD, makeCheckpoint, temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
const cacheFolder = join(folder, "cache");

test("the fastest rung whose measured fidelity is good is taken, else fp32", () => {
  const measured = (worst: number) => ({ int8: { worst, mean: worst / 2, images: 100 } });
  assert.equal(fastestFaithful({ fidelity: measured(2e-4) }), "int8");
  assert.equal(fastestFaithful({ fidelity: measured(1e-3) }), "fp32");
  assert.equal(fastestFaithful({ fidelity: { int4: { worst: 0, mean: 0, images: 1 } } }), "fp32");
  assert.equal(fastestFaithful({}), "fp32", "nothing measured, nothing trusted");
});

test("a bundle folder is taken as it is, in its own precision only", async () => {
  const model = await makeCheckpoint(join(folder, "model"), { card: DIRECT_CARD });
  const built = await openBundle({ model, cacheFolder, precision: "int8" });
  for (const precision of ["auto", "int8"] as const) {
    assert.deepEqual(await openBundle({ model: built.folder, cacheFolder, precision }), built);
  }
  await assert.rejects(openBundle({ model: built.folder, cacheFolder, precision: "fp32" }), {
    code: "unknown-precision",
    message: /was built as int8/,
  });
});

test("auto takes fp32 where the card has no measurement", async () => {
  const model = await makeCheckpoint(join(folder, "unmeasured"), { card: DIRECT_CARD });
  assert.equal((await openBundle({ model, cacheFolder })).card.precision, "fp32");
});
