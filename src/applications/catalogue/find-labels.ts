import { Script } from "node:vm";
import { MedembedError } from "../../errors.ts";
import { nearestWord } from "../../nearest-word.ts";
import { CATALOGUE, type CatalogueEntry } from "./catalogue.ts";
import { BODY_PARTS, MODALITIES, type Term, termOf, VIEWS } from "./vocabulary.ts";

/** What a search asks for; what is absent may be anything. Synonyms count: ct finds computed tomography. */
export interface LabelQuery {
  /** Finds those of its kinds, too: x-ray finds mammography. */
  readonly modality?: string | undefined;
  readonly bodyPart?: string | undefined;
  readonly view?: string | undefined;
  /** A regular expression that the text must hold somewhere, whatever the case. */
  readonly match?: string | undefined;
}

/** Longer than any that makes sense for texts of a line. */
const MAX_PATTERN_LENGTH = 200;
/** A thousand times what a usual pattern takes; some patterns would take for ever. */
const PATTERN_TIMEOUT_MS = 500;

const matching = new Script("entries.filter(({ text }) => pattern.test(text))");

/**
 * The entries of the catalogue that a query asks for, in the order of the catalogue.
 * @throws MedembedError "usage" for a word that the catalogue does not know, and for a pattern that is none or takes too long
 */
export function findLabels({ modality, bodyPart, view, match }: LabelQuery): CatalogueEntry[] {
  const wanted = {
    modality: knownTerm("modality", modality, MODALITIES),
    bodyPart: knownTerm("body part", bodyPart, BODY_PARTS),
    view: knownTerm("view", view, VIEWS),
  };
  const entries = CATALOGUE.filter(
    (entry) =>
      (!wanted.modality || [entry.modality, entry.canonicalModality].includes(wanted.modality)) &&
      (!wanted.bodyPart || entry.bodyPart === wanted.bodyPart) &&
      (!wanted.view || entry.view === wanted.view),
  );
  return match === undefined ? entries : filterByPattern(entries, match);
}

/**
 * A set of labels that compete for a picture: what the query leaves open is what they tell apart. With modality and body part these are the
 * findings, with one of them the exams; a view only where it is asked for, and kinds of the modality only where it has no pictures itself.
 * @throws MedembedError "usage" as `findLabels`, and where fewer than two labels are found
 */
export function labelSet(query: LabelQuery): CatalogueEntry[] {
  if (query.modality === undefined && query.bodyPart === undefined) {
    throw new MedembedError("usage", "labels from the catalogue need a modality or a body part, as in modality=x-ray");
  }
  const tellsFindings = query.modality !== undefined && query.bodyPart !== undefined;
  const withKinds = findLabels(query).filter(
    ({ view, finding }) => (finding !== "") === tellsFindings && (view !== "") === (query.view !== undefined),
  );
  const modality = query.modality && termOf(query.modality, MODALITIES)?.name;
  const itself = withKinds.filter((entry) => entry.modality === modality);
  const found = itself.length > 0 ? itself : withKinds;
  if (found.length < 2) {
    throw new MedembedError(
      "usage",
      `the catalogue has ${found.length === 0 ? "no label" : "only one label"} of that kind: medembed labels lists what there is`,
    );
  }
  return found;
}

function knownTerm(what: string, given: string | undefined, terms: readonly Term[]): string | undefined {
  if (given === undefined) return undefined;
  const term = termOf(given, terms);
  if (term) return term.name;
  const names = [...new Set(terms.flatMap(({ name, kindOf }) => [name, ...(kindOf ? [kindOf] : [])]))];
  const kind = names.find((name) => name === given.trim().toLowerCase()); // nuclear medicine, which is only a kind
  if (kind !== undefined) return kind;
  const nearest = nearestWord(given, [...names, ...terms.flatMap(({ synonyms }) => synonyms)]);
  const hint = nearest === undefined ? `it knows ${names.join(", ")}` : `did you mean "${nearest}"?`;
  throw new MedembedError("usage", `the catalogue has no ${what} "${given}"; ${hint}`);
}

function filterByPattern(entries: readonly CatalogueEntry[], match: string): CatalogueEntry[] {
  if (match.length > MAX_PATTERN_LENGTH) {
    throw new MedembedError(
      "usage",
      `the pattern has ${match.length} characters, at most ${MAX_PATTERN_LENGTH} are taken`,
    );
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(match, "iu");
  } catch (cause) {
    throw new MedembedError("usage", `"${match}" is no regular expression: ${(cause as Error).message}`, { cause });
  }
  try {
    // A time limit on a regular expression is what vm has and RegExp lacks; no code of the caller runs there.
    return matching.runInNewContext({ entries, pattern }, { timeout: PATTERN_TIMEOUT_MS });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    throw new MedembedError("usage", `the pattern "${match}" takes too long: make it simpler`, { cause });
  }
}
