import { EXAMS } from "./exams.ts";
import { listOf, MODALITIES, termOf } from "./vocabulary.ts";

/** A text that is good as a label, `<modality> <body part> <view> <finding>`, with its parts. */
export interface CatalogueEntry {
  readonly text: string;
  /** The modality, or the one that it is a kind of: x-ray for mammography. */
  readonly canonicalModality: string;
  readonly modality: string;
  readonly bodyPart: string;
  /** Empty where none is said. */
  readonly view: string;
  /** Empty for the exam as such. */
  readonly finding: string;
}

/** Every exam without and with each of its views, as such and with each of its findings. */
export const CATALOGUE: readonly CatalogueEntry[] = EXAMS.trim().split("\n").flatMap(entriesOf);

function entriesOf(line: string): CatalogueEntry[] {
  const [modality, bodyPart, views, findings] = line.split("|").map((cell) => cell.trim());
  const canonicalModality = termOf(modality, MODALITIES)?.kindOf ?? modality;
  return ["", ...listOf(views)].flatMap((view) =>
    ["", ...listOf(findings)].map((finding) => {
      const text = [modality, bodyPart, view, finding].filter((part) => part !== "").join(" ");
      return { text, canonicalModality, modality, bodyPart, view, finding };
    }),
  );
}
