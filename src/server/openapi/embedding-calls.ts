import Type from "typebox";
import type { ErrorCode } from "../../errors.ts";

/** What every path that embeds has in common: `answerCall`. */

export const TIMEOUT_HEADER = {
  "request-timeout-ms": Type.Integer({ minimum: 1, description: "Allows less time than the server does." }),
};

export const DEPLOYMENT_HEADER = {
  "azureml-model-deployment": Type.String({
    description: "Names a deployment, whatever its traffic; without it the traffic decides.",
  }),
};

export const CALL_ANSWER_HEADERS = {
  "azureml-model-deployment": "The deployment that answered.",
  "medembed-model": "The hash of its weights; vectors compare when it and the profile are equal.",
  "medembed-profile": "How images became pixels.",
  "medembed-queue-ms": "From the arrival of the body to the turn of its first item.",
  "medembed-compute-ms": "From there to the answer.",
  "medembed-warnings": "What should be known of an answer that is none the less right, as a list of words.",
};

export const CALL_ERRORS: readonly ErrorCode[] = [
  "invalid-request",
  "unauthorised",
  "forbidden",
  "no-deployment",
  "deadline-passed",
  "request-too-large",
  "unsupported-media-type",
  "corrupt-image",
  "image-too-large",
  "invalid-text",
  "empty-row",
  "url-refused",
  "too-many-pending",
  "over-quota",
  "engine-failed",
  "warming-up",
  "stopping",
  "busy",
];
