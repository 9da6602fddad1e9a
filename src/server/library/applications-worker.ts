import { LRUCache } from "lru-cache";
import type { ExamPredictor } from "../../applications/exam-parameters/exam-predictor.ts";
import type { OutlierDetector } from "../../applications/outliers/outlier-detector.ts";
import { MedembedError } from "../../errors.ts";
import { Library } from "../../library/library.ts";
import { answerRequests } from "../../worker-thread.ts";
import { type JudgingRequest, type JudgingResponse, judgeOutliers } from "./judge-outliers.ts";
import { type ExamsRequest, type ExamsResponse, tellExams } from "./tell-exams.ts";

/** What was found out about records that were used before, of each application: some twenty megabytes each. */
const FITS_KEPT = 4;

/** @property uri of the library, which the thread opens itself */
export type ApplicationRequest = { readonly uri: string } & (JudgingRequest | ExamsRequest);
export type ApplicationResponse = JudgingResponse | ExamsResponse;

answerRequests<null, ApplicationRequest, ApplicationResponse>(() => {
  const detectors = new LRUCache<string, OutlierDetector>({ max: FITS_KEPT });
  const predictors = new LRUCache<string, ExamPredictor>({ max: FITS_KEPT });
  return async (request) => {
    const library = await Library.open({ uri: request.uri });
    try {
      const answer =
        request.kind === "outliers"
          ? judgeOutliers(library, request, detectors)
          : tellExams(library, request, predictors);
      return { response: await answer };
    } catch (cause) {
      if (!(cause instanceof MedembedError) || cause.code !== "invalid-data") throw cause;
      throw new MedembedError("invalid-request", cause.message, { cause });
    } finally {
      await library.close();
    }
  };
});
