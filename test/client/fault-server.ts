import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import type { Clock } from "../../src/clock.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Play = (response: ServerResponse, received: Received) => void;

/** A real server that answers the first call with the first play and so on; the last one is played on. */
export async function playing(...plays: Play[]): Promise<{ readonly endpoint: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const call = { headers: request.headers, body: await text(request) };
    const play = plays[Math.min(received.length, plays.length - 1)];
    received.push(call);
    play(response, call);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Play {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** Every text comes back as a vector of its length; a text that begins with "bad" fails the call, as in the cloud. */
export const scoreTexts: Play = (response, { body }) => {
  const texts = textsOf(body);
  if (texts.some((sent) => sent.startsWith("bad")))
    return answer(424, "the model raised an exception")(response, { headers: {}, body });
  answer(
    200,
    texts.map((sent) => ({ text_features: [sent.length], scaling_factor: 4.5 })),
  )(response, { headers: {}, body });
};

export function textsOf(body: string): string[] {
  return JSON.parse(body).input_data.data.map((row: (string | null)[]) => row.at(-1));
}

export const hang: Play = () => {};
export const reset: Play = (response) => void response.socket!.resetAndDestroy();
/** Declares more than it sends. */
export const cutBody: Play = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('[{"text_features": [0.1,');
  setImmediate(() => response.socket!.destroy());
};

/** A clock whose sleeps pass at once; all random numbers are the same. */
export function fakeClock({ random = 0.5, start = Date.parse("2026-01-01T00:00:00Z") } = {}) {
  const slept: number[] = [];
  let now = start;
  const clock: Clock = {
    now: () => now,
    random: () => random,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
  return { clock, slept };
}
