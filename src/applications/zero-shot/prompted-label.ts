import { MedembedError } from "../../errors.ts";
import { normaliseText } from "../../text/normalise-text.ts";

/** A label with the texts that stand for it. */
export interface PromptedLabel {
  readonly name: string;
  /** At least one; several are averaged to one vector. */
  readonly prompts: readonly string[];
  /** What says that it is absent. With these each label is answered by itself, without them labels compete. */
  readonly negatives: readonly string[];
}

/**
 * Checks that the labels can be told apart. Texts are compared as the tokenizer reads them: case and runs of space do not count.
 * @throws MedembedError "usage" for fewer than two competing labels, one without a text, two of a name or of the same texts, or
 * absence in words for some of them only
 */
export function requireDistinct(labels: readonly PromptedLabel[]): void {
  const paired = labels.filter(({ negatives }) => negatives.length > 0);
  if (paired.length > 0 && paired.length < labels.length) {
    const [without] = labels.filter(({ negatives }) => negatives.length === 0);
    throw unusable(`the label "${without.name}" has no text for its absence and others have: all or none must have it`);
  }
  const names = new Map<string, string>();
  const texts = new Map<string, string>();
  for (const { name, prompts, negatives } of labels) {
    const [own, opposite] = [prompts, negatives].map((list) => list.map(normaliseText));
    if (own.length === 0 || [name, ...own, ...opposite].some((text) => text.trim() === "")) {
      throw unusable(`the label "${name}" is empty or has an empty text`);
    }
    remember(names, normaliseText(name), name, (other) =>
      other === name
        ? `the label "${name}" is there twice`
        : `the labels "${other}" and "${name}" read the same: case and spaces do not count`,
    );
    for (const list of [own, opposite]) {
      if (new Set(list).size < list.length) throw unusable(`the label "${name}" is there twice, or has one text twice`);
    }
    remember(texts, JSON.stringify([own, opposite].map((list) => list.toSorted())), name, (other) => {
      return `the labels "${other}" and "${name}" have the same text, so no picture tells them apart`;
    });
    if (own.some((text) => opposite.includes(text))) {
      throw unusable(`the label "${name}" has the same text for its presence and its absence`);
    }
  }
  const least = paired.length > 0 ? 1 : 2;
  if (labels.length < least) {
    throw unusable(`${labels.length} ${labels.length === 1 ? "label was" : "labels were"} given: probabilities are \
shared among labels, so two at least are needed, or a label with a text for its absence`);
  }
}

function remember(known: Map<string, string>, key: string, name: string, fault: (other: string) => string): void {
  const other = known.get(key);
  if (other !== undefined) throw unusable(`${fault(other)}: each must be there once`);
  known.set(key, name);
}

function unusable(message: string): MedembedError {
  return new MedembedError("usage", message);
}
