import type { ErrorForm } from "../statuses.ts";

/** `{"error": "message"}`. */
export const kserveError: ErrorForm = (_status, { error }) => ({ error: error.message });
