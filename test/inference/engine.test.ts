import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { openBundle } from "../../src/convert/open-bundle.ts";
import { Engine } from "../../src/inference/engine.ts";
import { readBundle } from "../../src/models/bundle.ts";
import {
  DIRECT_CARD,
  GOLDEN_TOLERANCE,
  golden,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
const bundle = await openBundle({ model, cacheFolder: join(folder, "cache"), precision: "fp32" });

async function open(at = bundle): Promise<Engine> {
  const engine = await Engine.open(at, 2);
  after(() => engine.close());
  return engine;
}

const idsOf = ({ input_ids, length }: (typeof golden.texts)[number]) => input_ids.slice(0, length);

test("each item of a batch gets its own vector, also when the same one stands there twice", async () => {
  const engine = await open();
  const [text] = golden.texts.filter(({ length }) => length > 2);
  const swapped = [idsOf(text)[0], ...idsOf(text).slice(1, -1).reverse(), idsOf(text).at(-1)!];
  const [one, other, again] = await engine.embedTexts([idsOf(text), swapped, idsOf(text)]);
  assert.ok(largestDifference(one, text.embedding) <= GOLDEN_TOLERANCE);
  assert.deepEqual(again, one);
  assert.ok(largestDifference(one, other) > 1e-3, "the order of the tokens counts");
});

test("pictures of another size and texts of mixed lengths are broken promises of ours", async () => {
  const engine = await open();
  const picture = { width: 96, height: 160, data: new Uint8Array(96 * 160 * 3) };
  await assert.rejects(engine.embedImages([picture]), /the model takes 160x160 pixels, not 96x160/);
  await assert.rejects(
    engine.embedTexts([
      [766, 767],
      [766, 1, 767],
    ]),
    /differ in length/,
  );
});

test("a token beyond the vocabulary fails its own batch only", async () => {
  const engine = await open();
  await assert.rejects(engine.embedTexts([[766, 768]]));
  const [vector] = await engine.embedTexts([idsOf(golden.texts[1])]);
  assert.ok(largestDifference(vector, golden.texts[1].embedding) <= GOLDEN_TOLERANCE);
});

test("a tower that cannot be loaded is told with its file; the other one works", async () => {
  const damaged = join(folder, "damaged");
  await cp(bundle.folder, damaged, { recursive: true });
  await writeFile(join(damaged, "image.onnx"), "no graph");
  const engine = await open(await readBundle(damaged));
  const picture = { width: 160, height: 160, data: new Uint8Array(160 * 160 * 3) };
  await assert.rejects(engine.embedImages([picture]), {
    code: "corrupt-bundle",
    message: /image\.onnx cannot be loaded/,
  });
  assert.equal((await engine.embedTexts([[766, 767]])).length, 1);
});
