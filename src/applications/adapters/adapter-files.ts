import Type from "typebox";
import { HEADS, settingsOf } from "../heads/kinds.ts";
import { OPERATING_POINTS } from "../operating-points/operating-points.ts";
import { readCard, readFolderTensors, saveTensorFolder, type TensorFolder } from "../tensor-folder.ts";
import { Adapter, type AdapterCard } from "./adapter.ts";

/** Thresholds with their intervals for ten thousand labels. */
const MAX_CARD_BYTES = 64 * 2 ** 20;
/** Of the card; another one is read by another version. */
const FORMAT = 1;

const closed = { additionalProperties: false };
const estimate = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()]),
  low: Type.Union([Type.Number(), Type.Null()]),
  high: Type.Union([Type.Number(), Type.Null()]),
});
const text = Type.String({ minLength: 1 });

const CardSchema = Type.Object(
  {
    format: Type.Literal(FORMAT),
    labels: Type.Array(text, { minItems: 2, uniqueItems: true }),
    space: Type.Object({ model: text, weights: text, profile: text, dimensions: Type.Integer({ minimum: 1 }) }, closed),
    head: Type.Enum(Object.keys(HEADS)),
    settings: Type.Record(Type.String(), Type.Unknown()),
    temperature: Type.Number({ exclusiveMinimum: 0 }),
    operatingPoints: Type.Record(
      Type.String(),
      Type.Partial(
        Type.Object(
          Object.fromEntries(Object.keys(OPERATING_POINTS).map((name) => [name, Type.Record(Type.String(), estimate)])),
          closed,
        ),
      ),
    ),
    callThresholds: Type.Optional(
      Type.Record(Type.String(), Type.Object({ ruleIn: Type.Number(), ruleOut: Type.Number() }, closed)),
    ),
    training: Type.Optional(Type.Unknown()),
    /** SHA-256 of the weights file. */
    weights: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  },
  closed,
);

const FOLDER = {
  what: "adapter",
  cardFile: "adapter.json",
  schema: CardSchema,
  maxCardBytes: MAX_CARD_BYTES,
} as const satisfies TensorFolder;

/**
 * Writes an adapter as a new folder, whole or not at all.
 * @throws MedembedError "usage" for a place that is taken, "write-failed"
 */
export function saveAdapter({ card, tensors }: Adapter, folder: string): Promise<void> {
  return saveTensorFolder(FOLDER, folder, { format: FORMAT, ...card }, tensors);
}

/** @throws MedembedError "not-found", "invalid-config" or "corrupt-checkpoint" for what is no adapter or a changed one */
export async function openAdapter(folder: string): Promise<Adapter> {
  const { weights, ...card } = await readAdapterCard(folder);
  return new Adapter(card, await readFolderTensors(FOLDER, folder, weights));
}

/**
 * What an adapter is, without its weights.
 * @returns with the hash of its weights file @throws MedembedError "not-found", "invalid-config", "invalid-data"
 */
export async function readAdapterCard(folder: string): Promise<AdapterCard & { readonly weights: string }> {
  const { format, ...card } = await readCard<AdapterCard & { readonly format: number }>(FOLDER, folder);
  return { ...card, settings: settingsOf(card.head, card.settings) };
}
