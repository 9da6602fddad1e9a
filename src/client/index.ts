export type { Clock } from "../clock.ts";
export { ERROR_CODES, type ErrorCode, MedembedError } from "../errors.ts";
export type { Order } from "../in-parallel.ts";
export type { Label, Origin, RowResult } from "./answer.ts";
export {
  type ClientOptions,
  MedembedClient,
  type Outcome,
  type Progress,
  type ScoreAllOptions,
  type ScoreOptions,
} from "./client.ts";
export type { Retry } from "./endpoint.ts";
export type { HttpAnswer } from "./http-call.ts";
export type { Rate } from "./rate-limit.ts";
export { buildRequest, type ScoreParams, type ScoreRequest } from "./request.ts";
export type { ImageFile, Prepare, Row } from "./row.ts";
export { type FailureKind, ScoringError } from "./scoring-error.ts";
