import { MedembedError } from "../../errors.ts";
import { nearestWord } from "../../nearest-word.ts";
import { type PromptedLabel, requireDistinct } from "./prompted-label.ts";

/** One way to say a label, as a line of a file of labels has it. */
export interface LabelText {
  readonly label: string;
  /** Default: the label. */
  readonly prompt?: string | undefined;
  /** What says that it is absent. */
  readonly negative?: string | undefined;
  /** What else templates may name, such as modality. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * Labels with their texts: several ways to say one label and several templates make an ensemble.
 * @param templates such as "{modality} {anatomy} {label}"; `{label}` is the prompt, or what says that the label is absent. None
 * takes texts as they are.
 * @throws MedembedError "usage" for a field that a label does not have, or labels that cannot be told apart
 */
export function promptLabels(texts: readonly LabelText[], templates: readonly string[] = []): PromptedLabel[] {
  const fill = (text: string, { fields }: LabelText) =>
    templates.length === 0 ? [text] : templates.map((template) => fillTemplate(template, { ...fields, label: text }));
  const labels = new Map<string, { prompts: string[]; negatives: string[] }>();
  for (const one of texts) {
    const name = one.label.trim();
    const { prompts, negatives } = labels.get(name) ?? { prompts: [], negatives: [] };
    labels.set(name, { prompts, negatives });
    prompts.push(...fill(one.prompt || name, one));
    const opposite = one.negative ? fill(one.negative, one) : [];
    negatives.push(...opposite.filter((text) => !negatives.includes(text))); // ways to say it may share one
  }
  const prompted = [...labels].map(([name, { prompts, negatives }]) => ({ name, prompts, negatives }));
  requireDistinct(prompted);
  return prompted;
}

/**
 * Puts values in the place of `{name}`; what an empty one leaves is closed up.
 * @throws MedembedError "usage" for a name without a value, and for a brace that belongs to none
 */
export function fillTemplate(template: string, fields: Readonly<Record<string, string>>): string {
  const known = Object.keys(fields);
  const rest = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    if (Object.hasOwn(fields, name)) return "";
    const nearest = nearestWord(name, known);
    const hint = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean {${nearest}}?`;
    throw new MedembedError("usage", `the template "${template}" has the unknown field {${name}}; ${hint}`);
  });
  if (/[{}]/.test(rest)) {
    throw new MedembedError("usage", `the template "${template}" has a brace that belongs to no field such as {label}`);
  }
  const filled = template.replace(/\{([^{}]*)\}/g, (_, name: string) => fields[name]);
  return filled.replace(/\s+/g, " ").trim();
}
