import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { MedembedError } from "../../src/errors.ts";
import { cardOf, readCard } from "../../src/models/card.ts";
import { temporaryFolder } from "../golden-small.ts";

const path = join(await temporaryFolder(), "card.json");
const CARD = { name: "m", family: "medimageinsight", defaultProfile: "direct" };

async function readText(text: string) {
  await writeFile(path, text);
  return readCard(path);
}

test("a card keeps what it says, also keys that nobody knows", async () => {
  const card = {
    ...CARD,
    licence: "MIT",
    fidelity: { int8: { worst: 2e-4, mean: 1e-4, images: 500 } },
    knows: ["x-ray"],
  };
  assert.deepEqual(await readText(JSON.stringify(card)), card);
});

test("what a card must say and does not is named", async () => {
  const { name, ...nameless } = CARD;
  const refused: [text: string, message: RegExp][] = [
    ["", /is not JSON/],
    ["[]", /must hold a JSON object/],
    ["null", /must hold a JSON object/],
    [JSON.stringify(nameless), /"name" is missing or no string/],
    [JSON.stringify({ ...CARD, defaultProfile: 7 }), /"defaultProfile"/],
    [JSON.stringify({ ...CARD, fidelity: { int8: { worst: "0.1" } } }), /"fidelity\.int8\.worst" must be a number/],
    [JSON.stringify({ ...CARD, fidelity: { int8: { worst: -1 } } }), /"fidelity\.int8\.worst"/],
    [JSON.stringify({ ...CARD, fidelity: { int8: null } }), /"fidelity\.int8\.worst"/],
    [" ".repeat(2 ** 20 + 1), /has 1048577 bytes/],
  ];
  for (const [text, message] of refused) await assert.rejects(readText(text), { code: "invalid-config", message });
});

test("any JSON is read or refused", async () => {
  const cards = fc.oneof(
    fc.jsonValue(),
    fc.record({ fidelity: fc.jsonValue() }).map((extra) => ({ ...CARD, ...extra })),
  );
  await fc.assert(
    fc.asyncProperty(cards, async (value) => {
      await readText(JSON.stringify(value)).catch((error) => {
        if (!(error instanceof MedembedError)) throw error;
      });
    }),
    { numRuns: 100 },
  );
});

test("a checkpoint without a card is taken for the published one", () => {
  assert.deepEqual(cardOf("MedImageInsights"), {
    name: "MedImageInsights",
    family: "medimageinsight",
    defaultProfile: "mi2-service",
  });
});
