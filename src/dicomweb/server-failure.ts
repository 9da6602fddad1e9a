import { MedembedError } from "../errors.ts";

/** A DICOMweb server that refuses, breaks off or answers something else. What it says stays out: it may name patients. */
export class ServerFailure extends MedembedError {
  /** Whether the same request may succeed a little later. */
  readonly isPassing: boolean;
  /** How long the server wants not to be asked. */
  readonly retryAfterMs: number;

  constructor(
    message: string,
    {
      isPassing = false,
      retryAfterMs = 0,
      cause,
    }: { isPassing?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super("server-failed", `the DICOMweb server ${message}`, { cause });
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}
