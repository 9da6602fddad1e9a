import { stat } from "node:fs/promises";
import { readCard } from "../models/card.ts";
import { locateCheckpoint } from "../models/checkpoint-folder.ts";
import { DEFAULT_MODEL, modelFolder, shippedModels } from "../models/registry.ts";
import type { Run } from "./flags.ts";

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
    for (const line of entryLines(card)) console.log(`  ${line}`);
  }
  return 0;
};

/** A card for people: scalars and flat objects on one line, lists and nested objects indented below their key. */
function entryLines(entries: object): string[] {
  return Object.entries(entries).flatMap(([key, value]) => {
    if (isFlat(value)) return [`${key}: ${inWords(value)}`];
    const below = Array.isArray(value) ? value.map((item) => `- ${inWords(item)}`) : entryLines(value);
    return [`${key}:`, ...below.map((line) => `  ${line}`)];
  });
}

function isFlat(value: unknown): boolean {
  if (Array.isArray(value)) return false;
  return (
    typeof value !== "object" || value === null || Object.values(value).every((inner) => typeof inner !== "object")
  );
}

function inWords(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "-");
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${inner ?? "-"}`)
    .join(", ");
}
