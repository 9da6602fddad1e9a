import { MedembedError } from "../errors.ts";
import { readJson } from "./read-text.ts";

/** No card is longer; stops a forged one from filling the memory. */
const MAX_CARD_BYTES = 2 ** 20;

/** How close a faster rung of the precision ladder comes to fp32, measured on real images by `npm run bench`. */
export interface Fidelity {
  /** The largest 1 - cosine over the images. */
  readonly worst: number;
  readonly mean: number;
  readonly images: number;
}

/** What the makers of a checkpoint say about it, in its `card.json`. More keys are allowed and kept. */
export interface ModelCard {
  readonly name: string;
  readonly family: string;
  readonly defaultProfile: string;
  readonly summary?: string;
  readonly licence?: string;
  readonly intendedUse?: string;
  /** By precision. */
  readonly fidelity?: Readonly<Record<string, Fidelity>>;
  readonly [key: string]: unknown;
}

/** Stands in for the card that the published checkpoint does not have. */
export function cardOf(name: string): ModelCard {
  return { name, family: "medimageinsight", defaultProfile: "mi2-service" };
}

/** @throws MedembedError "invalid-config" */
export async function readCard(path: string): Promise<ModelCard> {
  const card = await readJson(path, MAX_CARD_BYTES);
  if (!isObject(card)) throw new MedembedError("invalid-config", `${path} must hold a JSON object`);
  for (const key of ["name", "family", "defaultProfile"]) {
    if (typeof card[key] !== "string")
      throw new MedembedError("invalid-config", `${path}: "${key}" is missing or no string`);
  }
  for (const [precision, fidelity] of Object.entries(card.fidelity ?? {})) {
    const worst = (fidelity as Partial<Fidelity> | null)?.worst;
    if (typeof worst !== "number" || !(worst >= 0)) {
      throw new MedembedError("invalid-config", `${path}: "fidelity.${precision}.worst" must be a number from 0 up`);
    }
  }
  return card as unknown as ModelCard;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
