import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { after } from "node:test";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { promptLabels } from "../../src/applications/zero-shot/fill-templates.ts";
import type { PromptedLabel } from "../../src/applications/zero-shot/prompted-label.ts";
import { Batcher, oldest } from "../../src/batcher.ts";
import { createApp } from "../../src/server/app.ts";
import { BatchJobs } from "../../src/server/batch/batch-jobs.ts";
import type { Service } from "../../src/server/calls/answer-call.ts";
import { rowQueue } from "../../src/server/calls/embed-rows.ts";
import type { FetchImage } from "../../src/server/calls/fetch-image.ts";
import { Parsing } from "../../src/server/calls/parsing.ts";
import { Shadowing } from "../../src/server/calls/shadowing.ts";
import type { DeploymentConfig } from "../../src/server/config.ts";
import { Deployment, type ServingEmbedder } from "../../src/server/deployment.ts";
import { Endpoint } from "../../src/server/endpoint.ts";
import type { ScoringKey } from "../../src/server/key-set.ts";
import { Keys } from "../../src/server/keys.ts";
import { Libraries, openLibraries } from "../../src/server/library/libraries.ts";
import type { LibraryConfig } from "../../src/server/library/library-config.ts";
import { ServedLibrary } from "../../src/server/library/served-library.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/server/limits.ts";
import { Load } from "../../src/server/load.ts";
import type { WatchedQueue } from "../../src/server/queue/watched-queue.ts";

export interface Serving {
  readonly app: FastifyInstance;
  readonly service: Service;
  readonly load: Load;
  readonly endpoint: Endpoint;
  /** The first one. */
  readonly deployment: Deployment;
  readonly shadowing: Shadowing;
  /** Where a folder of inputs was given. */
  readonly jobs: BatchJobs | undefined;
  readonly keys: Keys;
  /** What was logged, one object a line. */
  // biome-ignore lint/suspicious/noExplicitAny: what is logged is what the tests find out
  readonly logged: any[];
}

interface ServingOptions {
  /** The keys themselves, or with their quotas. */
  readonly keys?: readonly (string | ScoringKey)[];
  readonly admin?: string;
  readonly allowedHosts?: readonly string[];
  readonly fetchImage?: FetchImage;
  /** The inputs of batch jobs. */
  readonly batchFolder?: string;
  /** Of many machines. */
  readonly queue?: WatchedQueue | undefined;
  readonly limits?: Partial<Limits>;
  /** Writable ones of the first deployment, unless they say otherwise. */
  readonly libraries?: readonly (Pick<LibraryConfig, "name" | "uri"> & Partial<LibraryConfig>)[];
  /** Default: a lone one. All are served by the one embedder. */
  readonly deployments?: readonly Partial<DeploymentConfig>[];
  /** Draws deployments by their traffic. */
  readonly random?: () => number;
}

/** A deployment with nothing special about it. */
export function deploymentConfig(special: Partial<DeploymentConfig> = {}): DeploymentConfig {
  const { timeoutMs } = DEFAULT_LIMITS;
  return { name: "default", traffic: 100, mirror: 0, timeoutMs, responseForm: "list", ...special };
}

/** The labels of a classifier, as a config without templates has them. */
export function prompted(...labels: string[]): readonly PromptedLabel[] {
  return promptLabels(
    labels.map((label) => ({ label })),
    ["{label}."],
  );
}

/** Where a server may log to, and what it has logged there, one object a line. */
export function collectLog() {
  const logged: Serving["logged"] = [];
  const logTo = new Writable({
    write(line, _, done) {
      logged.push(JSON.parse(String(line)));
      done();
    },
  });
  return { logged, logTo };
}

/** The endpoint around an embedder, without a socket; without an embedder it is still loading. */
export async function serve(
  embedder: ServingEmbedder | undefined,
  {
    keys: given = [],
    admin,
    allowedHosts = [],
    fetchImage,
    batchFolder,
    queue: watched,
    libraries: kept = [],
    limits: changed = {},
    deployments: special = [{}],
    random,
  }: ServingOptions = {},
): Promise<Serving> {
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const { timeoutMs } = limits;
  const deployments = special.map((one) => new Deployment(deploymentConfig({ timeoutMs, ...one })));
  if (embedder) for (const deployment of deployments) await deployment.load(async () => embedder);
  const endpoint = new Endpoint(deployments, random);
  const load = new Load(limits);
  const parsing = new Parsing();
  const queue = rowQueue();
  const shadowing = new Shadowing(endpoint, queue);
  const { name: deployment } = deployments[0];
  const libraries = new Libraries(
    kept.map((one) => {
      const config = { deployment, isWritable: true, place: "medembed.yaml:1", ...one };
      return new ServedLibrary(config, (error) => assert.fail(error));
    }),
    {
      find: (name) => endpoint.deployments.find((one) => one.name === name)?.config,
      add: async (wanted) => {
        const added = new Deployment(wanted);
        await added.load(async () => embedder!);
        endpoint.replace([...endpoint.deployments, added]);
      },
      remove: async (name) => void endpoint.replace(endpoint.deployments.filter((one) => one.name !== name)),
    },
  );
  if (embedder) await openLibraries(libraries.all, deployments);
  const { logged, logTo } = collectLog();
  const scoring = given.map((key, i) => (typeof key === "string" ? { name: `key-${i}`, key } : key));
  const keys = new Keys({ scoring, ...(admin !== undefined && { admin }) });
  const jobs = batchFolder === undefined ? undefined : await BatchJobs.open({ folder: batchFolder, endpoint, queue });
  const calls = { load, parsing, queue, shadowing };
  const service = { keys, allowedHosts, limits, fetchImage, endpoint, libraries, ...calls, jobs, watched };
  const app = createApp(service, logTo);
  jobs?.begin(app.log);
  after(async () => {
    const closed = app.close();
    app.server.closeAllConnections(); // the tests leave some half-way
    await closed;
    await jobs?.stop();
    await Promise.all([parsing.close(), libraries.close()]);
  });
  return { app, service, load, endpoint, deployment: deployments[0], shadowing, jobs, keys, logged };
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

/** The embedder with some of its methods replaced; it stays open when this one is closed. */
export function altered(embedder: ServingEmbedder, methods: Partial<ServingEmbedder>): ServingEmbedder {
  return {
    card: embedder.card,
    profile: embedder.profile,
    tokenize: (text) => embedder.tokenize(text),
    embedImage: (bytes, options) => embedder.embedImage(bytes, options),
    embedText: (text, patience) => embedder.embedText(text, patience),
    openVolume: (source, profile) => embedder.openVolume(source, profile),
    embedSlice: (slice, options) => embedder.embedSlice(slice, options),
    inVolumeTurn: (work, patience) => embedder.inVolumeTurn(work, patience),
    close: async () => {},
    ...methods,
  };
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
  const held = altered(embedder, {
    embedText: (text, patience) => queue.submit(text, patience),
    close: () => queue.close(),
  });
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
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 1));
}
