import type { ErrorForm } from "../statuses.ts";

/** Codes that OpenAI's clients and their users know by another name. */
const CODES: Readonly<Record<string, string>> = {
  deployment_not_found: "model_not_found",
  unauthorised: "invalid_api_key",
};

/** `{"error": {"message", "type", "param", "code"}}`. */
export const openaiError: ErrorForm = (status, { error: { code, message } }) => ({
  error: { message, type: typeOf(status), param: null, code: CODES[code] ?? code },
});

function typeOf(status: number): string {
  if (status >= 500) return "server_error";
  return status === 429 ? "rate_limit_error" : "invalid_request_error";
}
