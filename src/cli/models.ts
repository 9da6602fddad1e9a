import { stat } from "node:fs/promises";
import { readCard } from "../models/card.ts";
import { locateCheckpoint } from "../models/checkpoint-folder.ts";
import { DEFAULT_MODEL, modelFolder, shippedModels } from "../models/registry.ts";
import type { Run } from "./commands.ts";

export const models: Run = async (_args, options) => {
  const cards = await Promise.all(
    (await shippedModels()).map(async (name) => {
      const checkpoint = await locateCheckpoint(await modelFolder(name));
      const card = checkpoint.card ? await readCard(checkpoint.card) : { name };
      return { ...card, isDefault: name === DEFAULT_MODEL, weightsBytes: (await stat(checkpoint.weights)).size };
    }),
  );
  if (options.json) {
    console.log(JSON.stringify(cards, null, 2));
    return 0;
  }
  for (const { name, isDefault, weightsBytes, ...card } of cards) {
    console.log(`${name}${isDefault ? " (default)" : ""}, ${(weightsBytes / 1e6).toFixed(1)} MB of weights`);
    for (const [key, value] of Object.entries(card)) console.log(`  ${key}: ${inWords(value)}`);
  }
  return 0;
};

/** A value of a card on one line, or as a list below its key. */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `\n    - ${inWords(item)}`).join("");
  if (typeof value !== "object" || value === null) return String(value ?? "-");
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${inWords(inner)}`)
    .join(", ");
}
