import { MedembedError } from "../../errors.ts";
import { type CallOptions, needJson, readCallOptions, readChoice } from "../calls/call-options.ts";
import type { Door } from "../calls/door.ts";
import { vectorAsJson } from "../calls/write-vector.ts";
import { type ResponseForm, writeResponse } from "./write-response.ts";

interface ScoreOptions extends CallOptions {
  /** Undefined: as the deployment has it. */
  readonly responseForm: ResponseForm | undefined;
}

/** `POST /score`, as the MedImageInsight service speaks it. */
export const scoreDoor: Door<"score", ScoreOptions> = {
  parser: "score",
  readOptions: (headers) => {
    needJson(headers);
    const options = readCallOptions(headers);
    const responseForm = readChoice(headers, "medembed-response-form", ["list", "object"], undefined);
    if (options.isTolerant && responseForm === "object") {
      throw new MedembedError("invalid-request", "medembed-row-errors needs the response form list");
    }
    return { ...options, responseForm };
  },
  writeVector: vectorAsJson,
  writeLabels: (labels) => Buffer.from(JSON.stringify(labels)),
  writeAnswer: (rows, { deployment, options, asked }) => {
    const usual = options.isTolerant ? "list" : deployment.responseForm; // the object has no place for a bad row
    const form = deployment.classifier ? "labels" : (options.responseForm ?? usual);
    const { logitScale } = deployment.card;
    return {
      headers: { "content-type": "application/json" },
      body: writeResponse(form, rows, asked.withScalingFactor ? logitScale : undefined),
    };
  },
};
