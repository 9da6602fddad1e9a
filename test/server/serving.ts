import { Writable } from "node:stream";
import { after } from "node:test";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { Batcher, oldest } from "../../src/batcher.ts";
import { createApp } from "../../src/server/app.ts";
import { Deployment, type ServingEmbedder } from "../../src/server/deployment.ts";
import { Keys } from "../../src/server/keys.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/server/limits.ts";
import { Load } from "../../src/server/load.ts";
import { rowQueue } from "../../src/server/score/embed-rows.ts";
import { Parsing } from "../../src/server/score/parsing.ts";

export interface Serving {
  readonly app: FastifyInstance;
  readonly load: Load;
  readonly deployment: Deployment;
  /** What was logged, one object a line. */
  // biome-ignore lint/suspicious/noExplicitAny: what is logged is what the tests find out
  readonly logged: any[];
}

interface ServingOptions {
  readonly keys?: readonly string[];
  readonly limits?: Partial<Limits>;
}

/** The endpoint around an embedder, without a socket; without an embedder it is still loading. */
export async function serve(
  embedder: ServingEmbedder | undefined,
  { keys = [], limits: changed = {} }: ServingOptions = {},
): Promise<Serving> {
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const deployment = new Deployment("default");
  if (embedder) await deployment.load(async () => embedder);
  const load = new Load(limits);
  const parsing = new Parsing(limits.maxRows);
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const logged: any[] = [];
  const logTo = new Writable({
    write(line, _, done) {
      logged.push(JSON.parse(String(line)));
      done();
    },
  });
  const app = createApp({ keys: new Keys(keys), limits, deployment, load, parsing, queue: rowQueue() }, logTo);
  after(async () => {
    const closed = app.close();
    app.server.closeAllConnections(); // the tests leave some half-way
    await closed;
    await parsing.close();
  });
  return { app, load, deployment, logged };
}

export function post(
  { app }: Serving,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<LightMyRequestResponse> {
  const payload = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return app.inject({
    method: "POST",
    url: "/score",
    headers: { "content-type": "application/json", ...headers },
    payload,
  });
}

/** An envelope of rows in the given columns. */
export function envelope(columns: readonly string[], data: readonly unknown[], params?: unknown) {
  return { input_data: { columns, data }, ...(params !== undefined && { params }) };
}

/** Texts wait in a queue of one until the test lets them go; all else is the embedder's own. */
export function heldEmbedder(embedder: ServingEmbedder) {
  const begun: (() => void)[] = [];
  let isHeld = false;
  const queue = new Batcher<string, Float32Array>({
    run: async ([text]) => {
      if (isHeld) await new Promise<void>((go) => begun.push(go));
      return [await embedder.embedText(text)];
    },
    choose: oldest(1),
  });
  const held: ServingEmbedder = {
    card: embedder.card,
    profile: embedder.profile,
    embedImage: (bytes, options) => embedder.embedImage(bytes, options),
    embedText: (text, patience) => queue.submit(text, patience),
    close: () => queue.close(),
  };
  return {
    held,
    /** How many texts were begun since the hold. */
    begun: () => begun.length,
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      for (const go of begun) go();
    },
  };
}

/** Waits until something is so; the test's own time limit is the only one. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
