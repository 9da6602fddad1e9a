import type { Writable } from "node:stream";
import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { namesRendering, parseProfile } from "../profiles/profiles.ts";
import { createApp } from "./app.ts";
import { BatchJobs } from "./batch/batch-jobs.ts";
import { openCache } from "./cache/cache-config.ts";
import { CachingEmbedder } from "./cache/caching-embedder.ts";
import { RedisCache } from "./cache/redis-cache.ts";
import type { Service } from "./calls/answer-call.ts";
import { rowQueue } from "./calls/embed-rows.ts";
import { imageFetcher } from "./calls/fetch-image.ts";
import { Parsing } from "./calls/parsing.ts";
import { Shadowing } from "./calls/shadowing.ts";
import type { ServerConfig } from "./config.ts";
import { Deployment } from "./deployment.ts";
import { Endpoint } from "./endpoint.ts";
import type { Environment } from "./key-set.ts";
import { Keys } from "./keys.ts";
import { Libraries, openLibraries } from "./library/libraries.ts";
import { ServedLibrary } from "./library/served-library.ts";
import { LiveConfig, type ReloadReport } from "./live-config.ts";
import { Load } from "./load.ts";
import { measurePeak } from "./metrics/measure-peak.ts";
import { WatchedQueue } from "./queue/watched-queue.ts";
import { redisLedger } from "./replicas/redis-ledger.ts";
import { ReplicasRedis } from "./replicas/replicas-redis.ts";
import { tracesOf } from "./traces.ts";

/** For the last answers to reach their callers before the connections are cut. */
const FAREWELL_MS = 1_000;

export interface ServerOptions {
  readonly config: ServerConfig;
  /** Reads the config anew. @throws MedembedError */
  readonly reread: () => Promise<ServerConfig>;
  /** Its keys go before those of a file. */
  readonly environment: Environment;
  /** Where bundles are kept. */
  readonly cacheFolder: string;
  /** One JSON line a request, and for what the server does. */
  readonly logTo: Writable;
}

export interface RunningServer {
  /** Settled when the model serves, or cannot be loaded. */
  readonly ready: Promise<void>;
  /** As it runs. */
  readonly config: ServerConfig;
  /** Takes over the config as it is now. What becomes of it is logged. @throws MedembedError "reload-refused" */
  reload(): Promise<ReloadReport>;
  /** Takes no more requests, finishes those in work, at most for the time that the limits give, and ends the threads. */
  stop(): Promise<void>;
}

/** Listens first and loads then: who asks in the meantime is told to come again. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, cacheFolder, logTo } = options;
  const { host, port, allowedHosts, limits, imageUrls } = config;
  const endpoint = new Endpoint(config.deployments.map((deployment) => new Deployment(deployment)));
  const load = new Load(limits);
  const parsing = new Parsing();
  const queue = rowQueue();
  const shadowing = new Shadowing(endpoint, queue);
  const fetchImage = imageUrls && imageFetcher(imageUrls);
  const onLibraryFault = (error: Error) => app.log.error(tracesOf(error), "a library has a fault that is no call's");
  const libraries = new Libraries(
    config.libraries.map((library) => new ServedLibrary(library, onLibraryFault)),
    {
      find: (name) => endpoint.deployments.find((one) => one.name === name)?.config,
      add: (wanted) => live.addDeployment(wanted),
      remove: (name) => live.removeDeployment(name),
    },
  );
  const jobs = config.batch && (await BatchJobs.open({ ...config.batch, endpoint, queue }));
  const { shared } = config;
  const redis = shared && (await ReplicasRedis.open(shared.redis, (message) => app.log.warn(message)));
  const watched = config.queue && (await WatchedQueue.open(config.queue, (message) => app.log.warn(message)));
  const keys = new Keys(config.keys, redis && redisLedger(redis));
  const calls = { load, parsing, queue, shadowing };
  const service: Service = { keys, allowedHosts, limits, fetchImage, endpoint, libraries, ...calls, jobs, watched };
  const app = createApp(service, logTo, { reload: () => live.reload() });

  await app
    .listen({ host, port, listenTextResolver: (url) => `listening on ${url}` })
    .catch(async (cause: NodeJS.ErrnoException) => {
      await jobs?.stop();
      redis?.close();
      await watched?.close();
      throw new MedembedError("usage", `cannot listen on ${host} port ${port}: ${cause.code ?? "unknown reason"}`, {
        cause,
      });
    });

  const cache = {
    ...openCache(config.cache, (message, code) => app.log.warn({ code }, message)),
    ...(redis && shared.vectorSeconds > 0 && { redis: new RedisCache(redis, shared.vectorSeconds) }),
  };
  const open = async (deployment: Deployment) => {
    const { name } = deployment;
    // Images in the service's calls are no DICOM files, unless the operator says how to render them.
    const chosen = deployment.config.profile;
    const dicom = chosen !== undefined && namesRendering(parseProfile(chosen)) ? "allowed" : "refused";
    const { card, profile } = await deployment.load(
      () => Embedder.open({ ...deployment.config, name, dicom, cacheFolder, onBuild: tellTenths(name) }),
      { wrap: (embedder) => new CachingEmbedder(embedder, cache), measure: (embedder) => measurePeak(embedder) },
    );
    const peakRate = Number(deployment.peakRate?.toFixed(1));
    app.log.info({ deployment: name, model: card.name, precision: card.precision, profile, peakRate }, "ready");
  };
  const tellTenths = (name: string) => {
    let told = -1;
    return (share: number) => {
      if (endpoint.isStopping) throw new MedembedError("cancelled", "interrupted; what was built so far is removed");
      const tenths = Math.floor(share * 10);
      if (tenths === told) return;
      told = tenths;
      app.log.info({ deployment: name, share: tenths / 10 }, "building the model for this machine, once");
    };
  };
  const ready = openInTurn(endpoint.deployments, open).then(async () => {
    await openLibraries(libraries.all, endpoint.deployments);
    for (const { name, config } of libraries.all) {
      app.log.info({ library: name, deployment: config.deployment, writable: config.isWritable }, "library open");
    }
  });
  ready.then(() => jobs?.begin(app.log)).catch(() => {}); // whoever waits for it tells
  const live: LiveConfig = new LiveConfig({ ...options, service, open, onLibraryFault, ready, log: app.log });

  return {
    ready,
    get config() {
      return live.config;
    },
    reload: () => live.reload(),
    stop: async () => {
      endpoint.stop();
      app.log.info({ pending: load.pending }, "stopping");
      const farewell = setTimeout(() => {
        load.stopAll();
        setTimeout(() => app.server.closeAllConnections(), FAREWELL_MS).unref();
      }, live.config.limits.stopTimeoutMs);
      await Promise.all([app.close(), jobs?.stop()]); // a job can wait for the next start, calls cannot
      clearTimeout(farewell);
      await ready.catch(() => {});
      await Promise.all([live.close(), endpoint.close(), libraries.close(), parsing.close()]);
      redis?.close();
      await watched?.close();
      app.log.info(load.counts, "stopped");
    },
  };
}

/** One after the other: building two models at a time would take the memory of both. */
async function openInTurn(
  deployments: readonly Deployment[],
  open: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  for (const deployment of deployments) await open(deployment);
}
