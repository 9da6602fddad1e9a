import { Agent, request } from "node:http";

/** A call whose right answer is known. */
export interface Call {
  readonly path: string;
  /** Another one each time, so that nothing is answered from a cache or shared; the answer is the same. */
  readonly body: (serial: number) => string;
  /** The body of its 200, byte for byte. */
  readonly answer: string;
}

/** What became of the calls of one phase. */
export interface Tally {
  seconds: number;
  sent: number;
  /** By status; "none" for a connection that broke off. */
  readonly statuses: Record<string, number>;
  /** 200 with another body than the right one. */
  wrong: number;
  /** 429 or 503 without Retry-After, or an error that is not JSON. */
  malformed: number;
  /** Of every 200, in ms. */
  readonly latencies: number[];
}

/** Sends calls to a server on the loopback address. */
export class Caller {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });

  constructor(url: string) {
    this.#url = url;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns the status and the body, or undefined where no answer came */
  send(path: string, body: string) {
    return new Promise<{ status: number; retryAfter: string | undefined; text: string } | undefined>((resolve) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      request(`${this.#url}${path}`, { method: "POST", agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => resolve(undefined));
        response.on("end", () =>
          resolve({
            status: response.statusCode!,
            retryAfter: response.headers["retry-after"],
            text: Buffer.concat(chunks).toString("latin1"),
          }),
        );
      })
        .on("error", () => resolve(undefined))
        .end(body);
    });
  }

  async #count(call: Call, tally: Tally): Promise<void> {
    tally.sent++;
    const started = performance.now();
    const answer = await this.send(call.path, call.body(tally.sent));
    const status = String(answer?.status ?? "none");
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
    if (!answer) return;
    if (answer.status === 200) {
      tally.latencies.push(performance.now() - started);
      if (answer.text !== call.answer) tally.wrong++;
    } else if (!isJson(answer.text) || (/^(429|503)$/.test(status) && !answer.retryAfter)) {
      tally.malformed++;
    }
  }

  /** So many callers, each with one call at a time. @param isOver asked before each call */
  async closedLoop(calls: readonly Call[], callers: number, isOver: (tally: Tally) => boolean): Promise<Tally> {
    const tally = emptyTally();
    const started = performance.now();
    const work = async () => {
      while (!isOver(tally)) await this.#count(calls[tally.sent % calls.length], tally);
    };
    await Promise.all(Array.from({ length: callers }, work));
    tally.seconds = (performance.now() - started) / 1e3;
    return tally;
  }

  /** Calls that arrive at a steady rate, whatever becomes of the earlier ones. @param rate calls a second */
  async openLoop(calls: readonly Call[], rate: number, seconds: number): Promise<Tally> {
    const tally = emptyTally();
    const open = new Set<Promise<void>>();
    const started = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const passed = (performance.now() - started) / 1e3;
        const due = Math.min(passed, seconds) * rate;
        while (tally.sent < due) {
          const answered = this.#count(calls[tally.sent % calls.length], tally).finally(() => open.delete(answered));
          open.add(answered);
        }
        if (passed < seconds) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    tally.seconds = (performance.now() - started) / 1e3;
    await Promise.all(open);
    return tally;
  }
}

/** Right answers a second. */
export function goodput({ statuses, wrong, seconds }: Tally): number {
  return ((statuses["200"] ?? 0) - wrong) / seconds;
}

/** @param share 0.5 for the median */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function emptyTally(): Tally {
  return { seconds: 0, sent: 0, statuses: {}, wrong: 0, malformed: 0, latencies: [] };
}

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}
