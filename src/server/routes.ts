import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { MedembedError } from "../errors.ts";
import * as batch from "./batch/batch-calls.ts";
import type { Caller } from "./caller.ts";
import { answerCall, type CallContext, type Service, type Tally } from "./calls/answer-call.ts";
import type { CallOptions } from "./calls/call-options.ts";
import type { Door } from "./calls/door.ts";
import type { ParserName } from "./calls/parsers.ts";
import { CALLS } from "./calls/watched.ts";
import { embedDoor } from "./embed/embed-door.ts";
import { statusOf } from "./endpoint-status.ts";
import { EXPLORER_PAGES } from "./explorer/pages.ts";
import { inferDoor } from "./kserve/infer-door.ts";
import * as kserve from "./kserve/metadata.ts";
import { listLabels } from "./labels.ts";
import { removeAdapterDoor, serveAdapterDoor } from "./library/adapters/serving-doors.ts";
import { trainingDoor } from "./library/adapters/training-door.ts";
import { describeLibrary, listLibraries } from "./library/describe.ts";
import { evaluationDoor } from "./library/evaluation-door.ts";
import { examsDoor } from "./library/exams-door.ts";
import { labelCountsDoor } from "./library/label-counts-door.ts";
import { listingDoor } from "./library/listing-door.ts";
import { mapDoor } from "./library/map-door.ts";
import { outliersDoor } from "./library/outliers-door.ts";
import { pictureDoor } from "./library/picture-door.ts";
import { recordsDoor } from "./library/records-door.ts";
import { relabelDoor } from "./library/relabel-door.ts";
import { removalDoor } from "./library/removal-door.ts";
import { searchDoor } from "./library/search-door.ts";
import type { ReloadReport } from "./live-config.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { RecentSamples } from "./metrics/recent-samples.ts";
import { embeddingsDoor } from "./openai/embeddings-door.ts";
import * as openai from "./openai/models.ts";
import { PAGES, type Page } from "./openapi/pages.ts";
import * as queue from "./queue/describe-queue.ts";
import type { WatchedQueue } from "./queue/watched-queue.ts";
import { scoreDoor } from "./score/score-door.ts";
import { describeService } from "./service-status.ts";

/** A larger answer is sent in pieces of it: the twenty megabytes of a thousand rows would hold the event loop. */
const PIECE_BYTES = 2 ** 20;

/** Each route has some of them. */
export interface PathParams {
  readonly model: string;
  readonly id: string;
  readonly output: string;
  readonly library: string;
}

type PathRequest = FastifyRequest<{ Params: PathParams }>;
type Handler = (request: PathRequest, reply: FastifyReply) => Promise<unknown>;

/** Those that a path may answer; whatever answers GET answers HEAD, too. */
export const METHODS = ["GET", "POST", "DELETE"] as const;

/** What a path answers. */
interface Route extends Readonly<Partial<Record<(typeof METHODS)[number], Handler>>> {
  /** Asked every few seconds; its lines are written at level debug. */
  readonly isProbe?: boolean;
}

/** What the holder of the admin key may do beside looking. */
export interface Admin {
  readonly reload: () => Promise<ReloadReport>;
}

interface RoutesOptions {
  readonly metrics: Metrics;
  readonly recent: RecentSamples;
  readonly admin: Admin | undefined;
  /** What is counted of a request for its log line. */
  readonly tallyOf: (request: FastifyRequest) => Tally;
}

/** What the endpoint answers, by path. */
export function routesOf(
  service: Service,
  { metrics, recent, admin, tallyOf }: RoutesOptions,
): Readonly<Record<string, Route>> {
  const { endpoint, keys, libraries } = service;
  const embed =
    <Name extends ParserName, Options extends CallOptions>(door: Door<Name, Options>): Handler =>
    async (request, reply) => {
      const tally = tallyOf(request);
      const context: CallContext = {
        tally,
        model: request.params.model,
        library: request.params.library,
        record: request.params.id,
        onCall: (call) => {
          onLeave(reply.raw, () => call.drop("left", new MedembedError("cancelled", "the caller has left")));
        },
      };
      const { headers, body } = await CALLS.tracePromise(() => answerCall(request.raw, door, service, context), {
        request: request.raw,
        route: request.routeOptions.url ?? "unknown",
        requestId: request.id,
        tally,
      });
      reply.headers(headers);
      if (!Buffer.isBuffer(body)) return reply.send(body);
      reply.header("content-length", body.length);
      return reply.send(body.length > PIECE_BYTES ? Readable.from(inPieces(body)) : body);
    };
  /** For those who have a key: the names of deployments are nobody else's business. */
  const tell =
    (describe: (params: PathParams, caller: Caller) => unknown): Handler =>
    async ({ headers, params }) =>
      describe(params, keys.identify(headers.authorization));
  const show =
    ({ headers, read }: Page): Handler =>
    async (_request, reply) =>
      reply.headers(headers).send(await read());
  const administer =
    (act: () => unknown): Handler =>
    async ({ headers }) => {
      keys.checkAdmin(headers.authorization);
      return act();
    };
  const batched =
    (call: batch.BatchCall): Handler =>
    async (request, reply) => {
      const { raw, params } = request;
      if (!service.jobs)
        throw new MedembedError("no-route", "this server has no folder for batch jobs: set batch.folder");
      const { status, headers, body } = await call(service, { request: raw, params, tally: tallyOf(request) });
      return reply
        .code(status)
        .headers(headers ?? {})
        .send(body);
    };
  const queueOf = (): WatchedQueue => {
    if (!service.watched) throw new MedembedError("no-route", "this server is told of no queue: set queue.redis");
    return service.watched;
  };
  /** For those who may see everybody's work. */
  const watch = (describe: (watched: WatchedQueue, id: string) => Promise<unknown>): Route => ({
    isProbe: true,
    GET: async ({ headers, params }) => {
      keys.checkUnrestricted(headers.authorization);
      return describe(queueOf(), params.id);
    },
  });
  const live = (body: unknown): Route => ({ isProbe: true, GET: async () => body });
  const ready = (body: unknown): Route => ({
    isProbe: true,
    GET: async () => {
      endpoint.checkReady();
      libraries.checkReady();
      return body;
    },
  });

  return {
    "/score": { POST: embed(scoreDoor) },
    "/live": live({ status: "live" }),
    "/ready": ready({ status: "ready" }),
    "/metrics": {
      isProbe: true,
      GET: async (request, reply) => {
        keys.identify(request.headers.authorization);
        return reply.type(metrics.contentType).send(await metrics.text());
      },
    },
    "/status": { isProbe: true, GET: tell((_, caller) => describeService(service, recent, caller)) },
    ...Object.fromEntries(
      Object.entries({ ...EXPLORER_PAGES, ...PAGES }).map(([path, page]) => [path, { GET: show(page) }]),
    ),

    "/embed": { POST: embed(embedDoor) },

    "/v1/embeddings": { POST: embed(embeddingsDoor) },
    "/v1/models": { GET: tell(() => openai.listModels(endpoint)) },
    "/v1/models/:model": { GET: tell(({ model }) => openai.describeModel(endpoint, model)) },

    "/v2": { GET: tell(kserve.describeServer) },
    "/v2/health/live": live({ live: true }),
    "/v2/health/ready": ready({ ready: true }),
    "/v2/models/:model": { GET: tell(({ model }) => kserve.describeModel(endpoint, model)) },
    "/v2/models/:model/ready": { GET: tell(({ model }) => kserve.describeReadiness(endpoint, model)) },
    "/v2/models/:model/infer": { POST: embed(inferDoor) },

    "/labels": { GET: tell(listLabels) },

    "/library": { GET: tell((_, caller) => listLibraries(libraries, caller)) },
    "/library/:library": {
      GET: tell(({ library }, caller) => describeLibrary(libraries, library, endpoint, caller)),
    },
    "/library/:library/records": {
      GET: embed(listingDoor),
      POST: embed(recordsDoor),
      DELETE: embed(removalDoor),
    },
    "/library/:library/records/:id/picture": { GET: embed(pictureDoor) },
    "/library/:library/labels": { GET: embed(labelCountsDoor), POST: embed(relabelDoor) },
    "/library/:library/adapters": { POST: embed(trainingDoor) },
    "/library/:library/adapters/:id": { POST: embed(serveAdapterDoor), DELETE: embed(removeAdapterDoor) },
    "/library/:library/map": { GET: embed(mapDoor) },
    "/library/:library/search": { POST: embed(searchDoor) },
    "/library/:library/evaluate": { POST: embed(evaluationDoor) },
    "/library/:library/outliers": { POST: embed(outliersDoor) },
    "/library/:library/exam-parameters": { POST: embed(examsDoor) },

    "/batch/jobs": { GET: batched(batch.listJobs), POST: batched(batch.submitJob) },
    "/batch/jobs/:id": { GET: batched(batch.showJob), DELETE: batched(batch.endJob) },
    "/batch/jobs/:id/:output": { GET: batched(batch.sendOutput) },

    "/queue/runs": watch(queue.listRuns),
    "/queue/runs/:id": watch(queue.describeRun),
    "/queue/workers": watch(queue.listWorkers),
    "/queue/workers/:id": watch(queue.describeWorker),

    "/admin/queue/pause": { POST: administer(() => queue.setPaused(queueOf(), true)) },
    "/admin/queue/resume": { POST: administer(() => queue.setPaused(queueOf(), false)) },
    "/admin/status": { GET: administer(() => statusOf(service)) },
    "/admin/reload": {
      POST: administer(() => {
        if (!admin) throw new MedembedError("no-route", "this server has no config to reload");
        return admin.reload();
      }),
    },
  };
}

/** Calls back when the connection closes before the answer has been given. */
function onLeave(response: ServerResponse, leave: () => void): void {
  const look = () => {
    if (!response.writableEnded) leave();
  };
  if (response.destroyed) look();
  else response.once("close", look);
}

async function* inPieces(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    yield body.subarray(at, at + PIECE_BYTES);
    await setImmediate(); // others' turn
  }
}
