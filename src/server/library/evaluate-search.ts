import { BOOTSTRAP_ROUNDS } from "../../applications/metrics/bootstrap.ts";
import { evaluateRetrieval, type RetrievalReport } from "../../applications/retrieval/evaluate-retrieval.ts";
import { itemsOfField } from "../../applications/retrieval/items-of-field.ts";
import { rankGallery } from "../../applications/retrieval/rank-gallery.ts";
import type { Library } from "../../library/library.ts";
import { collectRecords, MAX_REFERENCES } from "./collect-records.ts";
import type { EvaluationAsked } from "./parse-evaluation.ts";

export interface EvaluationRequest extends EvaluationAsked {
  readonly kind: "evaluation";
}

export interface EvaluationResponse extends RetrievalReport {
  /** Records without the field, which are left out. */
  readonly without: number;
  /** The values of the field, in the order of `perLabel`. */
  readonly labels: readonly string[];
}

/**
 * Looks for each record among all others, those of its patient left out.
 * @throws MedembedError "invalid-request" for none or too many; "invalid-data" for one value only, or fewer records than ranks
 */
export async function evaluateSearch(
  library: Library,
  { field, where, labelled, ranks, likeness, seed }: EvaluationRequest,
): Promise<EvaluationResponse> {
  const set = await collectRecords(library, labelled, "field", MAX_REFERENCES);
  const { items, names } = itemsOfField(set, field);
  const without = (await library.count(where)) - items.ids.length;
  const found = rankGallery(items, items, { depth: Math.max(...ranks), likeness });
  const bootstrap = { seed, rounds: BOOTSTRAP_ROUNDS };
  const report = evaluateRetrieval(found, items, { classes: names.length, ranks, bootstrap });
  return { without, labels: names, ...report };
}
