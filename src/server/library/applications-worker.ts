import { LRUCache } from "lru-cache";
import type { ExamPredictor } from "../../applications/exam-parameters/exam-predictor.ts";
import type { OutlierDetector } from "../../applications/outliers/outlier-detector.ts";
import { MedembedError } from "../../errors.ts";
import { type GroupedMatch, searchGroups } from "../../library/group-duplicates.ts";
import { Library, type SearchOptions } from "../../library/library.ts";
import { answerRequests } from "../../worker-thread.ts";
import { collectExamples, type Examples, type ExamplesRequest } from "./collect-examples.ts";
import { type EvaluationRequest, type EvaluationResponse, evaluateSearch } from "./evaluate-search.ts";
import { type JudgingRequest, type JudgingResponse, judgeOutliers } from "./judge-outliers.ts";
import { type ExamsRequest, type ExamsResponse, tellExams } from "./tell-exams.ts";

/** What was found out about records that were used before, of each application: some twenty megabytes each. */
const FITS_KEPT = 4;

/** A search whose near duplicates are grouped: each match is compared with each group. */
export interface GroupingRequest extends SearchOptions {
  readonly kind: "groups";
  /** [dimensions], of length 1 */
  readonly query: Float32Array;
  readonly likeness: number;
}

/** @property uri of the library, which the thread opens itself */
export type ApplicationRequest = { readonly uri: string } & (
  | JudgingRequest
  | ExamsRequest
  | GroupingRequest
  | ExamplesRequest
  | EvaluationRequest
);
export type ApplicationResponse =
  | JudgingResponse
  | ExamsResponse
  | readonly GroupedMatch[]
  | Examples
  | EvaluationResponse;

answerRequests<null, ApplicationRequest, ApplicationResponse>(() => {
  const detectors = new LRUCache<string, OutlierDetector>({ max: FITS_KEPT });
  const predictors = new LRUCache<string, ExamPredictor>({ max: FITS_KEPT });
  const answer = (library: Library, request: ApplicationRequest): Promise<ApplicationResponse> => {
    if (request.kind === "outliers") return judgeOutliers(library, request, detectors);
    if (request.kind === "examples") return collectExamples(library, request);
    if (request.kind === "evaluation") return evaluateSearch(library, request);
    if (request.kind === "exams") return tellExams(library, request, predictors);
    return searchGroups(library, request.query, request.likeness, request);
  };
  return async (request) => {
    const library = await Library.open({ uri: request.uri, memoryBytes: 0 }); // it is not open for long
    try {
      const response = await answer(library, request);
      const transfer = request.kind === "examples" ? [(response as Examples).vectors.values.buffer as ArrayBuffer] : [];
      return { response, transfer };
    } catch (cause) {
      if (!(cause instanceof MedembedError) || cause.code !== "invalid-data") throw cause;
      throw new MedembedError("invalid-request", cause.message, { cause });
    } finally {
      await library.close();
    }
  };
});
