import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listInputs } from "../src/cli/inputs.ts";
import { readImage } from "../src/formats/read-image.ts";
import { sharp } from "../src/formats/sharp.ts";
import { to8Bit } from "../src/profiles/to-rgb.ts";

/** Real pictures of several kinds. */
export const EXAMPLES = fileURLToPath(new URL("../examples/images", import.meta.url));

/** The size in which pictures usually leave a PACS viewer or a data set. */
const SIDE = 512;
/** Each variant cuts this share of the picture away on every side, so that no two files are alike, up to a hundred of each. */
const CUT_A_VARIANT = 0.0037;

/** The paths of the pictures in a folder. */
export async function picturesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { id } of listInputs({ paths: [folder], texts: [], textsFile: undefined })) paths.push(id);
  return paths;
}

/**
 * Writes PNG files of 512x512 made from real pictures by cutting, mirroring and scaling: the same on every run.
 * @returns their paths
 */
export async function writePictures(sources: readonly string[], folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    const path = join(folder, `${String(i).padStart(3, "0")}.png`);
    await writeVariant(sources[i % sources.length], Math.floor(i / sources.length), path);
    paths.push(path);
  }
  return paths;
}

async function writeVariant(source: string, variant: number, path: string): Promise<void> {
  const { width, height, channels, data } = to8Bit(await readImage(await readFile(source)), (sample) => sample >> 8);
  const cut = (CUT_A_VARIANT * variant) % 0.4;
  const [left, top] = [Math.floor(width * cut), Math.floor(height * cut)];
  await sharp(data, { raw: { width, height, channels } })
    .extract({ left, top, width: width - 2 * left, height: height - 2 * top })
    .flop(variant % 2 === 1)
    .resize(SIDE, SIDE)
    .toColourspace(channels < 3 ? "b-w" : "srgb") // gray stays gray
    .png()
    .toFile(path);
}

const MODALITIES = ["x-ray", "computed tomography", "magnetic resonance imaging", "ultrasound"];
const PLACES = ["chest anteroposterior", "brain axial", "abdomen coronal", "knee sagittal"];
const FINDINGS = ["pneumonia", "no acute finding", "pleural effusion", "joint effusion"];
const REPORT =
  "FINDINGS: The heart is mildly enlarged. There is a patchy opacity in the right lower lobe with a small pleural " +
  "effusion, new since the prior study. No pneumothorax. IMPRESSION: Right lower lobe pneumonia, follow-up advised.";

/**
 * Texts as they are sent in practice: of every four, two labels of a zero-shot classification (8 to 14 tokens), one
 * caption (about 25) and one report (about 55).
 */
export function makeTexts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const modality = MODALITIES[Math.floor(i / 16) % 4];
    const label = `${modality} ${PLACES[Math.floor(i / 4) % 4]} ${FINDINGS[i % 4]}`;
    if (i % 4 < 2) return label;
    return i % 4 === 2 ? `A ${label}, image ${i} of the series, without contrast medium.` : `${label}. ${REPORT}`;
  });
}
