import type { IncomingHttpHeaders } from "node:http";
import { MedembedError } from "../../errors.ts";
import type { Deployment } from "../deployment.ts";
import { RESPONSE_FORMS, type ResponseForm } from "./write-response.ts";

/** What the headers of a call to `POST /score` ask for. */
export interface CallHeaders {
  readonly responseForm: ResponseForm;
  /** A bad row fails alone instead of failing the call. */
  readonly isTolerant: boolean;
  readonly timeoutMs: number;
}

/** @throws MedembedError "unsupported-media-type", "invalid-request" */
export function readCallHeaders(headers: IncomingHttpHeaders, maxTimeoutMs: number): CallHeaders {
  // Also keeps web pages of elsewhere from calling an endpoint without keys: for JSON browsers ask first.
  const [mediaType] = (headers["content-type"] ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new MedembedError("unsupported-media-type", "the header Content-Type: application/json is needed");
  }
  const responseForm = oneOf(headers, "medembed-response-form", Object.keys(RESPONSE_FORMS) as ResponseForm[], "list");
  const isTolerant = oneOf(headers, "medembed-row-errors", ["0", "1"], "0") === "1";
  if (isTolerant && responseForm !== "list") {
    throw new MedembedError("invalid-request", "medembed-row-errors needs the response form list");
  }
  return { responseForm, isTolerant, timeoutMs: readTimeout(headers["request-timeout-ms"], maxTimeoutMs) };
}

/** A lone deployment needs no header. @throws MedembedError "no-deployment" */
export function checkDeployment(headers: IncomingHttpHeaders, { name }: Deployment): void {
  const wanted = headers["azureml-model-deployment"] ?? name;
  if (wanted !== name) throw new MedembedError("no-deployment", "the endpoint has no deployment of that name");
}

function oneOf<Value extends string>(
  headers: IncomingHttpHeaders,
  name: string,
  known: readonly Value[],
  fallback: Value,
): Value {
  const given = headers[name] ?? fallback;
  const found = known.find((value) => value === given);
  if (found === undefined) {
    throw new MedembedError("invalid-request", `the header ${name} must be one of ${known.join(", ")}`);
  }
  return found;
}

/** A caller may wait less than the server allows, not more. */
function readTimeout(given: string | string[] | undefined, maxTimeoutMs: number): number {
  if (given === undefined) return maxTimeoutMs;
  const ms = /^\d{1,9}$/.test(String(given)) ? Number(given) : 0;
  if (ms < 1) throw new MedembedError("invalid-request", "the header request-timeout-ms must be a whole number from 1");
  return Math.min(ms, maxTimeoutMs);
}
