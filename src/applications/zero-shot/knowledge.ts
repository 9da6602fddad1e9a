import type { ModelCard } from "../../models/card.ts";
import { BODY_PARTS, MODALITIES, type Term, termOf } from "../catalogue/vocabulary.ts";
import { parsePrompt } from "./parse-prompt.ts";
import type { PromptedLabel } from "./prompted-label.ts";

/** A kind of picture that a model was trained on. */
interface KnownPictures {
  readonly modality: string;
  readonly anatomy: string;
  /** Null where the pictures say nothing of findings. */
  readonly finding: string | null;
}

/**
 * The texts for which a model has seen no picture, as far as its card says what it knows: of the modality, of the body part
 * in it, or with the finding. Texts that name no modality or body part are passed over, and so are those it was fine-tuned with.
 */
export function unknownToModel(labels: readonly PromptedLabel[], card: ModelCard): string[] {
  const known = knownPictures(card);
  if (known.length === 0) return [];
  const own = finetunedTexts(card);
  return labels.flatMap(({ prompts }) => prompts.filter((prompt) => !own.has(prompt) && !isKnown(prompt, known)));
}

function isKnown(prompt: string, known: readonly KnownPictures[]): boolean {
  const { modality, bodyPart, finding } = parsePrompt(prompt);
  if (!modality) return true;
  const ofModality = known.filter((pictures) => means(pictures.modality, modality, MODALITIES));
  if (!bodyPart) return ofModality.length > 0;
  const ofBodyPart = ofModality.filter(({ anatomy }) => means(anatomy, bodyPart, BODY_PARTS));
  if (finding === "" || ofBodyPart.length === 0) return ofBodyPart.length > 0;
  return ofBodyPart.some((pictures) => pictures.finding !== null && haveWordInCommon(pictures.finding, finding));
}

function means(word: string, { name, kindOf }: Term, terms: readonly Term[]): boolean {
  const known = termOf(word, terms)?.name ?? word;
  return known === name || known === kindOf;
}

/** "Normal" stands for what prompts call "no finding". */
const NORMAL = /\b(normal|no|healthy|unremarkable|without|negative)\b/;

/** A text for pneumonia is not strange to a model that knows bacterial pneumonia. */
function haveWordInCommon(a: string, b: string): boolean {
  const words = new Set(a.toLowerCase().split(" "));
  return b.split(" ").some((word) => words.has(word)) || (NORMAL.test(a) && NORMAL.test(b));
}

/** What the card says under `knows`, which cards of others need not have. */
function knownPictures({ knows }: ModelCard): readonly KnownPictures[] {
  if (!Array.isArray(knows)) return [];
  return knows.filter(
    (one): one is KnownPictures => typeof one?.modality === "string" && typeof one?.anatomy === "string",
  );
}

/** What a fine-tuned model's card says under `finetuned.data.texts`, which names the texts of several pictures. */
function finetunedTexts({ finetuned }: ModelCard): ReadonlySet<string> {
  const texts = (finetuned as { data?: { texts?: unknown } | null } | null | undefined)?.data?.texts;
  return new Set(typeof texts === "object" && texts !== null ? Object.keys(texts) : []);
}
