interface Handling {
  /** Whether the same request is sent again; `alone`: only where it cannot be made smaller. */
  readonly retry: "always" | "alone" | "never";
  /** Whether one row may be the cause, so that the others are worth trying without it. */
  readonly isOfRows: boolean;
}

/** What can go wrong, and what is done about it. Requests are idempotent: sending one again does no harm. */
export const FAILURES = {
  /** What was sent cannot be scored. */
  input: { retry: "never", isOfRows: true },
  /** It took too long: more of the same would again. */
  slow: { retry: "alone", isOfRows: true },
  /** The endpoint failed, or its answer is no JSON. */
  broken: { retry: "always", isOfRows: true },
  /** It takes no more work for now. */
  busy: { retry: "always", isOfRows: false },
  /** No connection, or one that broke off. */
  unreachable: { retry: "always", isOfRows: false },
  /** A wrong key, address, deployment or method: no row would fare better. */
  refused: { retry: "never", isOfRows: false },
  /** JSON, but not what a MedImageInsight endpoint answers. */
  answer: { retry: "never", isOfRows: false },
} as const satisfies Record<string, Handling>;

export type FailureKind = keyof typeof FAILURES;

/** Statuses of the contract; of the others, those from 500 on are `broken` and the rest is `refused`. */
const KINDS: Readonly<Record<number, FailureKind>> = {
  400: "input",
  408: "slow",
  413: "input",
  422: "input",
  424: "input",
  429: "busy",
  503: "busy",
  504: "slow",
};

export function kindOfStatus(status: number): FailureKind {
  return KINDS[status] ?? (status >= 500 ? "broken" : "refused");
}

interface Failure {
  readonly kind: FailureKind;
  /** For programs: the endpoint's own code where it sent one, else one of ours. */
  readonly code: string;
  /** For people. */
  readonly detail: string;
  /** Of HTTP, where there was an answer. */
  readonly status?: number | undefined;
  /** 0-based, as the caller counts. */
  readonly row?: number | undefined;
  readonly column?: "image" | "text" | undefined;
  /** How long the endpoint asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** Rows that could not be scored, and why. The message holds neither the key nor what was sent. */
export class ScoringError extends Error {
  override readonly name = "ScoringError";
  readonly kind: FailureKind;
  readonly code: string;
  readonly status: number | undefined;
  readonly row: number | undefined;
  readonly column: "image" | "text" | undefined;
  readonly retryAfterMs: number | undefined;
  readonly #failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    const { row, column, detail } = failure;
    const place = [...(row === undefined ? [] : [`row ${row}`]), ...(column === undefined ? [] : [column])].join(", ");
    super(place === "" ? detail : `${place}: ${detail}`, options);
    this.kind = failure.kind;
    this.code = failure.code;
    this.status = failure.status;
    this.row = row;
    this.column = column;
    this.retryAfterMs = failure.retryAfterMs;
    this.#failure = failure;
  }

  /** The same failure, told of a row as the caller counts it. */
  atRow(row: number): ScoringError {
    return new ScoringError({ ...this.#failure, row }, this.cause === undefined ? undefined : { cause: this.cause });
  }
}
