import Type, { type TSchema } from "typebox";
import { FACTS, type FactName, type Facts, type Identify, type IdentityName } from "../../facts.ts";
import { BODY_PARTS } from "../../formats/dicom/facts/body-parts.ts";
import { MANUFACTURERS } from "../../formats/dicom/facts/manufacturers.ts";
import { LATERALITIES, MODALITIES, SEXES, VIEWS } from "../../formats/dicom/facts/terms.ts";

/** No number of a header is larger; a patient's may be. */
const MAX_NUMBER = 100_000;
/** PS3.5 6.2: of an ID or a UID. */
const MAX_IDENTITY_LENGTH = 64;

const oneOf = (words: Iterable<string>) => Type.Enum([...words]);
const yesOrNo = oneOf(["yes", "no"]);
const identity = Type.String({
  minLength: 1,
  maxLength: MAX_IDENTITY_LENGTH,
  description: "an ID or a UID; only its hash is kept",
});

/** What a caller may tell of a picture, in the words that headers are read with: no free text passes. */
const WORDS: Readonly<Partial<Record<FactName, TSchema>>> = {
  modality: oneOf(MODALITIES.words),
  bodyPart: oneOf(BODY_PARTS.words),
  view: oneOf(VIEWS.words),
  plane: oneOf(["axial", "coronal", "sagittal", "oblique"]),
  laterality: oneOf(LATERALITIES.words),
  scanningSequence: Type.String({ pattern: "^(SE|IR|GR|EP|RM)(\\+(SE|IR|GR|EP|RM)){0,4}$" }),
  contrast: yesOrNo,
  manufacturer: oneOf(new Set([...Object.values(MANUFACTURERS), "other"])),
  sex: oneOf(SEXES.words),
  ageBand: Type.String({ pattern: "^([1-8]?0-[1-8]?9|90\\+)$" }),
  burntInText: yesOrNo,
  patient: identity,
  study: identity,
  series: identity,
  instance: identity,
};

const NUMBER = Type.Number({ minimum: -MAX_NUMBER, maximum: MAX_NUMBER });

/** The facts of a record as a call gives them. */
export const GivenFactsSchema = Type.Object(
  Object.fromEntries((Object.keys(FACTS) as FactName[]).map((name) => [name, Type.Optional(WORDS[name] ?? NUMBER)])),
  { title: "GivenFacts", additionalProperties: false },
);

const IDENTITIES = ["patient", "study", "series", "instance"] as const satisfies readonly IdentityName[];

/** Given facts as they are kept: of identities their hashes, as of those in a header. @param identify asked for only where there are some */
export function hashGiven(given: Facts, identify: () => Identify): Facts {
  const named = IDENTITIES.filter((name) => given[name] !== undefined);
  return { ...given, ...Object.fromEntries(named.map((name) => [name, identify()(name, given[name]!)])) };
}
