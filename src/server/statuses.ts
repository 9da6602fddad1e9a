import { type ErrorCode, MedembedError } from "../errors.ts";
import type { RowError } from "./calls/row-error.ts";

interface Answer {
  readonly status: number;
  /** As programs read it in the answer. */
  readonly code: string;
}

const BAD_REQUEST = { status: 400, code: "invalid_request" };
const UNDECODABLE = { status: 424, code: "image_undecodable" };
const STOPPING = { status: 503, code: "stopping" };
const INTERNAL = { status: 500, code: "internal_error" };

/** Every error as the contract answers it. What no request can cause is a fault of ours. */
const ANSWERS: Readonly<Record<ErrorCode, Answer>> = {
  "invalid-request": BAD_REQUEST,
  unauthorised: { status: 401, code: "unauthorised" },
  forbidden: { status: 403, code: "forbidden" },
  "no-deployment": { status: 404, code: "deployment_not_found" },
  "no-library": { status: 404, code: "library_not_found" },
  "no-route": { status: 404, code: "not_found" },
  "wrong-method": { status: 405, code: "method_not_allowed" },
  "deadline-passed": { status: 408, code: "timeout" },
  "request-too-large": { status: 413, code: "request_too_large" },
  "unsupported-media-type": { status: 415, code: "unsupported_media_type" },
  "reload-refused": { status: 422, code: "reload_refused" },
  "unsupported-image": UNDECODABLE,
  "corrupt-image": UNDECODABLE,
  "image-too-large": { status: 424, code: "image_too_large" },
  "invalid-text": { status: 424, code: "text_invalid" },
  "empty-row": { status: 424, code: "row_empty" },
  "url-refused": { status: 424, code: "image_url_refused" },
  "too-many-pending": { status: 429, code: "too_many_pending" },
  "over-quota": { status: 429, code: "quota_exceeded" },
  "engine-failed": { status: 500, code: "engine_failed" },
  "warming-up": { status: 503, code: "warming_up" },
  stopping: STOPPING,
  busy: { status: 503, code: "busy" },
  "queue-failed": { status: 503, code: "queue_away" },
  closed: STOPPING,
  cancelled: { status: 503, code: "cancelled" },
  usage: INTERNAL,
  "not-found": INTERNAL,
  "corrupt-checkpoint": INTERNAL,
  "wrong-checkpoint": INTERNAL,
  "invalid-config": INTERNAL,
  "invalid-vocabulary": INTERNAL,
  "corrupt-bundle": INTERNAL,
  "invalid-data": INTERNAL,
  "unknown-profile": INTERNAL,
  "unknown-precision": INTERNAL,
  "write-failed": INTERNAL,
  "wrong-space": INTERNAL,
  "corrupt-vectors": INTERNAL,
  "corrupt-library": INTERNAL,
  "server-failed": INTERNAL,
};

/** The body of every answer that is not a success; with `medembed-row-errors: 1` also of a single row. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** 0-based. */
    readonly row?: number;
    readonly column?: string;
  };
}

/** The body of an error in the words of another format. */
export type ErrorForm = (status: number, body: ErrorBody) => unknown;

/** Whether it is the input of a row that is at fault, rather than the call, the load or the server. */
export function isRowFault(code: ErrorCode): boolean {
  return ANSWERS[code].status === 424 || code === "invalid-request";
}

/** Status and body for an error. What our own code has broken is told as such and in no more detail. */
export function answerOf(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (!(error instanceof MedembedError)) return answerOf(clientFault(error));
  const { status, code } = ANSWERS[error.code];
  if (status === 500) {
    const message =
      code === "engine_failed" ? "a worker stopped in the midst of it; try again" : "an error of the server";
    return { status, body: { error: { code, message } } };
  }
  const { row, column } = error as Partial<RowError>;
  const place = [...(row === undefined ? [] : [`row ${row}`]), ...(column === undefined ? [] : [column])].join(", ");
  return {
    status,
    body: {
      error: {
        code,
        message: place === "" ? error.message : `${place}: ${error.message}`,
        ...(row !== undefined && { row }),
        ...(column !== undefined && { column }),
      },
    },
  };
}

/** What the framework refuses has a status; its message may quote the request and stays out. */
function clientFault(error: unknown): MedembedError {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (status === 415) return new MedembedError("unsupported-media-type", "the content type cannot be read");
  const isTheirs = typeof status === "number" && status >= 400 && status < 500;
  return isTheirs
    ? new MedembedError("invalid-request", "the request is malformed")
    : new MedembedError("usage", "an unexpected error");
}
