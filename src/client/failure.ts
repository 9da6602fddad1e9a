/** Of a foreign message; enough for a sentence or two. */
const MAX_MESSAGE = 300;

const CODE = /^[\w.-]{1,64}$/;
/** Where our own endpoint says it; the row is counted within its batch, so the place is told anew. */
const PLACE = /^row \d+(?:, (?:image|text))?: |^(?:image|text): /;

/** What a status means, where the endpoint says nothing of its own. */
const MEANINGS: Readonly<Record<number, string>> = {
  401: "the key is missing, wrong or expired",
  403: "the key is not for this endpoint or deployment",
  404: "there is no such endpoint or deployment",
  408: "it took too long",
  413: "the request is too large",
  424: "the model rejects the input",
  429: "the endpoint has too much to do",
  503: "the endpoint is starting or has too much to do",
};

/** What an endpoint says of a failure. */
export interface ReportedFailure {
  readonly code: string;
  readonly detail: string;
  readonly row?: number;
  readonly column?: "image" | "text";
}

interface ReportOptions {
  /** Of HTTP; a row that failed alone has none. */
  readonly status?: number;
  /** Taken out of what the endpoint says, should it say it. */
  readonly secret: string | undefined;
}

/** Reads `{"error": {"code", "message", "row", "column"}}`, as much of it as there is; any other body tells nothing. */
export function readFailure(body: unknown, { status, secret }: ReportOptions): ReportedFailure {
  const { code, message, row, column } = membersOf(membersOf(body).error);
  const givenCode = cleanText(code, secret);
  const isCode = CODE.test(givenCode);
  const meaning = MEANINGS[status ?? 0] ?? "the endpoint answered with an error";
  const said = cleanText(message, secret).replace(PLACE, "") || meaning;
  const source = [status, isCode ? givenCode : undefined].filter((part) => part !== undefined).join(" ");
  return {
    code: isCode ? givenCode : `http_${status ?? 200}`,
    detail: source === "" ? said : `${said} (${source})`,
    ...(Number.isSafeInteger(row) && { row: row as number }),
    ...((column === "image" || column === "text") && { column }),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** One short line without control characters: a terminal obeys them. */
function cleanText(text: unknown, secret: string | undefined): string {
  if (typeof text !== "string") return "";
  const line = text.replace(/[\p{C}\s]+/gu, " ").trim();
  const safe = secret ? line.replaceAll(secret, "…") : line;
  return safe.length > MAX_MESSAGE ? `${safe.slice(0, MAX_MESSAGE)}…` : safe;
}
