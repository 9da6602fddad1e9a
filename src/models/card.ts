import { readFile, stat } from "node:fs/promises";
import { MedembedError } from "../errors.ts";

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
  const { size } = await stat(path);
  if (size > MAX_CARD_BYTES)
    throw new MedembedError("invalid-config", `${path} has ${size} bytes, a card has at most ${MAX_CARD_BYTES}`);
  const card = parseJson(await readFile(path, "utf8"), path);
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

function parseJson(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new MedembedError("invalid-config", `${path} is not JSON`, { cause });
  }
  throw new MedembedError("invalid-config", `${path} must hold a JSON object`);
}
