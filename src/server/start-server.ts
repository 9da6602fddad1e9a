import type { Writable } from "node:stream";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { createApp } from "./app.ts";
import type { ServerConfig } from "./config.ts";
import { Deployment } from "./deployment.ts";
import { Keys } from "./keys.ts";
import { Load } from "./load.ts";
import { rowQueue } from "./score/embed-rows.ts";
import { Parsing } from "./score/parsing.ts";

/** For the last answers to reach their callers before the connections are cut. */
const FAREWELL_MS = 1_000;

export interface ServerOptions {
  readonly config: ServerConfig;
  /** Where bundles are kept. */
  readonly cacheFolder: string;
  /** One JSON line a request, and for what the server does. */
  readonly logTo: Writable;
}

export interface RunningServer {
  /** Settled when the model serves, or cannot be loaded. */
  readonly ready: Promise<void>;
  /** Takes no more requests, finishes those in work, at most for the time that the limits give, and ends the threads. */
  stop(): Promise<void>;
}

/** Listens first and loads then: who asks in the meantime is told to come again. */
export async function startServer({ config, cacheFolder, logTo }: ServerOptions): Promise<RunningServer> {
  const { host, port, limits } = config;
  const { name, ...model } = config.deployment;
  const deployment = new Deployment(name);
  const load = new Load(limits);
  const parsing = new Parsing(limits.maxRows);
  const keys = new Keys(config.keys);
  const app = createApp({ keys, limits, deployment, load, parsing, queue: rowQueue() }, logTo);

  await app
    .listen({ host, port, listenTextResolver: (url) => `listening on ${url}` })
    .catch((cause: NodeJS.ErrnoException) => {
      throw new MedembedError("usage", `cannot listen on ${host} port ${port}: ${cause.code ?? "unknown reason"}`, {
        cause,
      });
    });

  let toldTenths = -1;
  const onBuild = (share: number) => {
    if (deployment.isStopping) throw new MedembedError("cancelled", "interrupted; what was built so far is removed");
    if (Math.floor(share * 10) === toldTenths) return;
    toldTenths = Math.floor(share * 10);
    app.log.info({ share: toldTenths / 10 }, "building the model for this machine, once");
  };
  const ready = deployment
    .load(() => Embedder.open({ ...model, cacheFolder, onBuild }))
    .then(({ card, profile }) => {
      app.log.info({ deployment: name, model: card.name, precision: card.precision, profile }, "ready");
    });
  ready.catch(() => {}); // whoever waits for it tells

  return {
    ready,
    stop: async () => {
      deployment.stop();
      app.log.info({ pending: load.pending }, "stopping");
      const farewell = setTimeout(() => {
        load.stopAll();
        setTimeout(() => app.server.closeAllConnections(), FAREWELL_MS).unref();
      }, limits.stopTimeoutMs);
      await app.close();
      clearTimeout(farewell);
      await ready.catch(() => {});
      await Promise.all([deployment.close(), parsing.close()]);
      app.log.info(load.counts, "stopped");
    },
  };
}
