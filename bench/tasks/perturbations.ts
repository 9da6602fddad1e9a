import type { Sharp } from "sharp";
import { sharp } from "../../src/formats/sharp.ts";

/** Of the width and of the height, on each side. */
const BORDER = 0.1;
const LOW_SIDE = 64;
const LOW_QUALITY = 50;

/** Where white and black are a convention of the display. In the others, colour is what the picture shows. */
const GRAY_MODALITIES = ["x-ray", "computed tomography", "magnetic resonance imaging", "ultrasound"];

interface PerturbationKind {
  readonly change: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** Default: pictures of all modalities are changed. */
  readonly modalities?: readonly string[];
}

/** Changes of an image file that leave what it shows: a model that looks at the anatomy keeps its answer. */
export const PERTURBATIONS = {
  /** Black where markers, rulers and collimators are. */
  "masked border": { change: maskBorder },
  /** Bone black instead of white. */
  "inverted polarity": {
    change: (bytes) => perturb(bytes, (picture) => picture.negate({ alpha: false }).png()),
    modalities: GRAY_MODALITIES,
  },
  /** As a thumbnail. */
  "64 px, JPEG quality 50": {
    change: (bytes) =>
      perturb(bytes, (picture) => picture.resize(LOW_SIDE, LOW_SIDE, { fit: "fill" }).jpeg({ quality: LOW_QUALITY })),
  },
} as const satisfies Record<string, PerturbationKind>;
export type Perturbation = keyof typeof PERTURBATIONS;

export function changesModality(perturbation: Perturbation, modality: string): boolean {
  const { modalities }: PerturbationKind = PERTURBATIONS[perturbation];
  return modalities?.includes(modality) ?? true;
}

async function maskBorder(bytes: Uint8Array): Promise<Uint8Array> {
  const { width, height } = await sharp(bytes).metadata();
  const [left, top] = [Math.round(width * BORDER), Math.round(height * BORDER)];
  const inner = { left, top, width: width - 2 * left, height: height - 2 * top };
  return perturb(bytes, (picture) =>
    picture.extract(inner).extend({ left, right: left, top, bottom: top, background: "black" }).png(),
  );
}

async function perturb(bytes: Uint8Array, change: (picture: Sharp) => Sharp): Promise<Uint8Array> {
  const { channels } = await sharp(bytes).metadata();
  const picture = sharp(bytes).toColourspace(channels < 3 ? "b-w" : "srgb"); // gray stays gray
  return change(picture).toBuffer();
}
