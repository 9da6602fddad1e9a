import { untilBack } from "../state/connection.ts";
import { askForKey, sessionKey } from "../state/session-key.ts";
import { WORDS } from "../words.ts";

/** A refusal of the server, or of the user to go on. Its message says what to do. */
export class CallFailed extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface AskOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Asks the server, with the key if there is one. A server that is away or loads is waited for, a key that it wants is asked for; both
 * end when the caller aborts. So it is for questions alone, which may be asked twice.
 * @param path relative to the page
 * @throws CallFailed, and the signal's reason
 */
export async function ask(path: string, options: AskOptions): Promise<Response> {
  const { method = "GET", body, headers, signal } = options;
  for (;;) {
    const key = sessionKey();
    const response = await fetch(path, {
      method,
      signal,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TypeError) return undefined; // what fetch says when nobody answers
      throw error;
    });
    if (response?.ok) return response;
    if (!response) await untilBack("away", signal);
    else if (response.status === 401) {
      if ((await askForKey(key)) === undefined) throw new CallFailed(401, WORDS.server.noKey);
    } else {
      const { code, message } = await refusalOf(response);
      if (code !== "warming_up" && code !== "stopping") throw new CallFailed(response.status, message);
      await untilBack("loading", signal);
    }
    signal.throwIfAborted();
  }
}

/** @throws as `ask` */
export async function askJson<Answer>(path: string, options: AskOptions): Promise<Answer> {
  return (await ask(path, options)).json();
}

async function refusalOf(response: Response): Promise<{ readonly code?: string; readonly message: string }> {
  const body = await response.json().catch(() => undefined);
  return body?.error?.message === undefined ? { message: WORDS.server.unreadable } : body.error;
}
