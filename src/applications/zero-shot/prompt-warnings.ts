import { editDistance } from "../../nearest-word.ts";
import { normaliseText } from "../../text/normalise-text.ts";
import { CATALOGUE } from "../catalogue/catalogue.ts";
import { BODY_PARTS, MODALITIES, VIEWS } from "../catalogue/vocabulary.ts";
import { type ParsedPrompt, parsePrompt } from "./parse-prompt.ts";
import type { PromptedLabel } from "./prompted-label.ts";

interface Prompt extends ParsedPrompt {
  /** As it was given. */
  readonly text: string;
}

/** Each finds one fault of a set of prompts, or nothing, and says it for people. */
const CHECKS: readonly ((prompts: readonly Prompt[], labels: readonly PromptedLabel[]) => readonly string[])[] = [
  modalityIsNotFirst,
  isProse,
  orderDiffers,
  punctuationDiffers,
  someNameViews,
  noFindingIsMissing,
  isMistyped,
];

/**
 * What is worth a change in the texts of labels, for people: models learned texts of one grammar, `<modality> <body part> <view>
 * <finding>`, and differences in wording among labels count like differences in what they mean. None of it is an error.
 */
export function promptWarnings(labels: readonly PromptedLabel[]): string[] {
  const texts = labels.flatMap(({ prompts, negatives }) => [...prompts, ...negatives]);
  const prompts = texts.map((text) => ({ ...parsePrompt(text), text }));
  return CHECKS.flatMap((check) => check(prompts, labels));
}

function modalityIsNotFirst(prompts: readonly Prompt[]): string[] {
  const faulty = prompts.filter(({ order }) => order[0] !== "modality");
  const bare = faulty.filter(({ order }) => order.length === 1 && order[0] === "finding");
  const remedy = 'write modality, body part, view, finding, as in "x-ray chest anteroposterior pneumonia"';
  if (bare.length > 0) return [`${examples(bare)} is a finding alone: ${remedy}`];
  return faulty.length > 0 ? [`${examples(faulty)} does not begin with the modality: ${remedy}`] : [];
}

/** Words of sentences; those that names of findings hold, too, such as "of" and "in", are not among them. */
const PROSE =
  /\b(a|an|the|this|that|there|is|are|was|showing|shows|demonstrates|evidence|image|picture|photo|patient|please)\b/;

function isProse(prompts: readonly Prompt[]): string[] {
  const faulty = prompts.filter(({ text }) => PROSE.test(normaliseText(text)));
  return faulty.length > 0 ? [`${examples(faulty)} is prose: give the parts alone, without a sentence`] : [];
}

function orderDiffers(prompts: readonly Prompt[]): string[] {
  const seen = new Map<string, Prompt>();
  for (const prompt of prompts) {
    for (const [i, before] of prompt.order.entries()) {
      for (const after of prompt.order.slice(i + 1)) {
        const opposite = seen.get(`${after} ${before}`);
        if (opposite) return [`"${opposite.text}" and "${prompt.text}" have their parts in different order: use one`];
        if (!seen.has(`${before} ${after}`)) seen.set(`${before} ${after}`, prompt);
      }
    }
  }
  return [];
}

function punctuationDiffers(prompts: readonly Prompt[]): string[] {
  const kinds = [
    { what: "end with a full stop", has: ({ text }: Prompt) => text.trim().endsWith(".") },
    { what: "have a comma", has: ({ text }: Prompt) => text.includes(",") },
  ];
  return kinds.flatMap(({ what, has }) => {
    const [some, others] = [prompts.filter(has), prompts.filter((prompt) => !has(prompt))];
    return some.length > 0 && others.length > 0
      ? [`some texts ${what}, such as ${examples(some)}, others do not: write all the same way`]
      : [];
  });
}

function someNameViews(prompts: readonly Prompt[]): string[] {
  const findings = prompts.filter(({ modality, finding }) => modality && finding !== "");
  const [some, others] = [findings.filter(({ view }) => view), findings.filter(({ view }) => !view)];
  if (some.length === 0 || others.length === 0) return [];
  return [`${examples(some)} names a view, ${examples(others)} does not: the view would be part of the answer`];
}

const ABSENCE = /\b(no|normal|healthy|unremarkable|without|benign|negative|clear|absent|absence|free)\b/;

/** Competing findings of one kind of picture, of which a picture in order must still get one. */
function noFindingIsMissing(prompts: readonly Prompt[], labels: readonly PromptedLabel[]): string[] {
  if (labels.some(({ negatives }) => negatives.length > 0)) return [];
  const exams = new Map<string, Prompt[]>();
  for (const prompt of prompts) {
    const { modality, bodyPart, finding } = prompt;
    const exam = [modality?.name, bodyPart?.name].filter((name) => name !== undefined).join(" ");
    if (finding !== "") exams.set(exam, [...(exams.get(exam) ?? []), prompt]);
  }
  return [...exams].flatMap(([exam, ofExam]) => {
    const findings = new Set(ofExam.map(({ finding }) => finding));
    if (findings.size < 2 || ofExam.some(({ finding }) => ABSENCE.test(finding))) return [];
    return [
      `no label is for a picture without these findings, which would still get one: add "${`${exam} no finding`.trim()}"`,
    ];
  });
}

/** All words of the catalogue. */
const KNOWN_WORDS: readonly string[] = [
  ...new Set(
    [
      ...CATALOGUE.map(({ text }) => text),
      ...[MODALITIES, BODY_PARTS, VIEWS].flat().flatMap(({ name, synonyms }) => [name, ...synonyms]),
    ].flatMap((text) => text.split(" ")),
  ),
];
/** Words of fewer letters are too near to one another. */
const SHORTEST_CHECKED = 5;
/** Of so many letters, or more, two may be wrong: a pair of letters in the wrong order counts as two. */
const LONG_WORD = 8;
const MOST_TOLD = 5;

function isMistyped(prompts: readonly Prompt[]): string[] {
  const words = new Set(prompts.flatMap(({ text }) => normaliseText(text).match(/[a-z][a-z-]*[a-z]/g) ?? []));
  const told = [...words].flatMap((word) => {
    const near = nearestKnown(word);
    return near === undefined ? [] : [`the catalogue does not have "${word}"; did you mean "${near}"?`];
  });
  return told.slice(0, MOST_TOLD);
}

function nearestKnown(word: string): string | undefined {
  if (word.length < SHORTEST_CHECKED) return undefined;
  const allowed = word.length < LONG_WORD ? 1 : 2;
  const singular = word.replace(/s$/, "");
  if (KNOWN_WORDS.some((known) => known.replace(/s$/, "") === singular)) return undefined;
  const near = KNOWN_WORDS.map((known) => ({ known, distance: editDistance(word, known) }));
  return near.filter(({ distance }) => distance <= allowed).sort((a, b) => a.distance - b.distance)[0]?.known;
}

/** The first of them, and how many more. */
function examples([first, ...more]: readonly Prompt[]): string {
  return `"${first.text}"${more.length > 0 ? ` (and ${more.length} more)` : ""}`;
}
