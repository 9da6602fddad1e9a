import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable, type Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import { MedembedError } from "../errors.ts";
import * as batch from "./batch/batch-calls.ts";
import { QuotaError } from "./caller.ts";
import { answerCall, type CallContext, type Service, type Tally } from "./calls/answer-call.ts";
import type { CallOptions } from "./calls/call-options.ts";
import type { Door } from "./calls/door.ts";
import type { ParserName } from "./calls/parsers.ts";
import { CALLS } from "./calls/watched.ts";
import { embedDoor } from "./embed/embed-door.ts";
import { statusOf } from "./endpoint-status.ts";
import { kserveError } from "./kserve/error-form.ts";
import { inferDoor } from "./kserve/infer-door.ts";
import * as kserve from "./kserve/metadata.ts";
import type { ReloadReport } from "./live-config.ts";
import { Metrics } from "./metrics/metrics.ts";
import { embeddingsDoor } from "./openai/embeddings-door.ts";
import { openaiError } from "./openai/error-form.ts";
import * as openai from "./openai/models.ts";
import { PAGES, type Page } from "./openapi/pages.ts";
import { scoreDoor } from "./score/score-door.ts";
import { answerOf, type ErrorBody, type ErrorForm } from "./statuses.ts";
import { tracesOf } from "./traces.ts";

/** From the first byte of a request to its last: 128 MB at 10 Mbit/s. Bounds how long a caller may send without end. */
const MAX_RECEIVE_MS = 120_000;
/** What a caller is told who comes while the model loads or the server stops, in seconds. */
const NOT_READY_WAIT = 10;
/** A larger answer is sent in pieces of it: the twenty megabytes of a thousand rows would hold the event loop. */
const PIECE_BYTES = 2 ** 20;
/** In logs, as nginx writes it: the caller had left before the answer. */
const CALLER_LEFT = 499;

/** How errors are worded, by the first part of the path, so that it holds for unknown paths, too. */
const ERROR_FORMS: ReadonlyMap<string, ErrorForm> = new Map([
  ["v1", openaiError],
  ["v2", kserveError],
]);

/** Each route has some of them. */
interface PathParams {
  readonly model: string;
  readonly id: string;
  readonly output: string;
}

type PathRequest = FastifyRequest<{ Params: PathParams }>;
type Handler = (request: PathRequest, reply: FastifyReply) => Promise<unknown>;

/** What a path answers. */
interface Route {
  readonly GET?: Handler;
  readonly POST?: Handler;
  readonly DELETE?: Handler;
  /** Asked every few seconds; its lines are written at level debug. */
  readonly isProbe?: boolean;
}

/**
 * @param logTo one JSON line a request; without it nothing is logged
 * @param admin what the holder of the admin key may do beside looking
 */
export function createApp(
  service: Service,
  logTo?: Writable,
  admin?: { readonly reload: () => Promise<ReloadReport> },
): FastifyInstance {
  const { endpoint, keys, load } = service;
  const metrics = new Metrics(service);
  const app = fastify({
    logger: logTo ? { stream: logTo, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` } : false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => randomUUID(), // one that the caller chose could hold anything
    requestTimeout: MAX_RECEIVE_MS,
    return503OnClosing: false, // the deployment says so itself, as the contract has it
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const { status, body } = answerOf(error); // a path that cannot be read; no hook has seen it
      const { code } = body.error;
      const line = { method: request.method, route: "unknown", status, ms: 0, rows: 0, bytes: 0, error: code };
      metrics.record(line);
      request.log.info(line, "request");
      reply
        .code(status)
        .header("x-request-id", request.id)
        .send(inFormOf(request, status, body));
    },
  });

  // The handler reads the body itself: after the key, within the limits, unpacked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));

  const tallies = new WeakMap<IncomingMessage, Tally & { error?: string }>();
  app.addHook("onRequest", async (request, reply) => {
    const started = performance.now();
    const tally: Tally = { rows: 0, bytes: 0 };
    tallies.set(request.raw, tally);
    reply.header("x-request-id", request.id);
    reply.raw.once("close", () => {
      const route = request.routeOptions.url ?? "unknown";
      const line = {
        method: request.method,
        route, // its pattern: a path itself could hold anything
        status: reply.raw.writableEnded ? reply.statusCode : CALLER_LEFT,
        ms: performance.now() - started,
        ...tally,
      };
      metrics.record(line);
      request.log[routes[route]?.isProbe ? "debug" : "info"](inTenths(line), "request");
    });
  });
  // A connection that stays open would keep a stopping server from ending.
  app.addHook("onSend", async (_request, reply) => {
    if (endpoint.isStopping) reply.header("connection", "close");
  });

  const embed =
    <Name extends ParserName, Options extends CallOptions>(door: Door<Name, Options>): Handler =>
    async (request, reply) => {
      const tally = tallies.get(request.raw)!;
      const context: CallContext = {
        tally,
        model: request.params.model,
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
      reply.headers(headers).header("content-length", body.length);
      return reply.send(body.length > PIECE_BYTES ? Readable.from(inPieces(body)) : body);
    };
  /** For those who have a key: the names of deployments are nobody else's business. */
  const tell =
    (describe: (model: string) => unknown): Handler =>
    async ({ headers, params }) => {
      keys.identify(headers.authorization);
      return describe(params.model);
    };
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
      const { status, headers, body } = await call(service, { request: raw, params, tally: tallies.get(raw)! });
      return reply
        .code(status)
        .headers(headers ?? {})
        .send(body);
    };
  const live = (body: unknown): Route => ({ isProbe: true, GET: async () => body });
  const ready = (body: unknown): Route => ({
    isProbe: true,
    GET: async () => {
      endpoint.checkReady();
      return body;
    },
  });

  const routes: Readonly<Record<string, Route>> = {
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
    ...Object.fromEntries(Object.entries(PAGES).map(([path, page]) => [path, { GET: show(page) }])),

    "/embed": { POST: embed(embedDoor) },

    "/v1/embeddings": { POST: embed(embeddingsDoor) },
    "/v1/models": { GET: tell(() => openai.listModels(endpoint)) },
    "/v1/models/:model": { GET: tell((model) => openai.describeModel(endpoint, model)) },

    "/v2": { GET: tell(kserve.describeServer) },
    "/v2/health/live": live({ live: true }),
    "/v2/health/ready": ready({ ready: true }),
    "/v2/models/:model": { GET: tell((model) => kserve.describeModel(endpoint, model)) },
    "/v2/models/:model/ready": { GET: tell((model) => kserve.describeReadiness(endpoint, model)) },
    "/v2/models/:model/infer": { POST: embed(inferDoor) },

    "/batch/jobs": { GET: batched(batch.listJobs), POST: batched(batch.submitJob) },
    "/batch/jobs/:id": { GET: batched(batch.showJob), DELETE: batched(batch.endJob) },
    "/batch/jobs/:id/:output": { GET: batched(batch.sendOutput) },

    "/admin/status": { GET: administer(() => statusOf(service)) },
    "/admin/reload": {
      POST: administer(() => {
        if (!admin) throw new MedembedError("no-route", "this server has no config to reload");
        return admin.reload();
      }),
    },
  };
  for (const [url, { GET, POST, DELETE }] of Object.entries(routes)) {
    if (GET) app.get<{ Params: PathParams }>(url, GET); // and HEAD
    if (POST) app.post<{ Params: PathParams }>(url, POST);
    if (DELETE) app.delete<{ Params: PathParams }>(url, DELETE);
    const allowed = [...(GET ? ["GET", "HEAD"] : []), ...(POST ? ["POST"] : []), ...(DELETE ? ["DELETE"] : [])];
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !allowed.includes(method)),
      handler: async (_request, reply) => {
        reply.header("allow", allowed.join(", "));
        throw new MedembedError("wrong-method", `this path answers ${allowed.join(", ")}`);
      },
    });
  }
  app.addHook("onClose", async () => metrics.close());
  app.setNotFoundHandler(() => {
    throw new MedembedError("no-route", "there is nothing under this path");
  });

  app.setErrorHandler((error: FastifyError | MedembedError, request, reply) => {
    const { status, body } = answerOf(error);
    const { code, row } = body.error;
    const tally = tallies.get(request.raw);
    if (tally) tally.error = code;
    if (status === 500) request.log.error(tracesOf(error), "unexpected error");
    if (status === 401) reply.header("www-authenticate", "Bearer");
    if (status === 429) reply.header("retry-after", error instanceof QuotaError ? error.retryAfter : load.retryAfter);
    if (status === 503) reply.header("retry-after", code === "busy" ? load.retryAfter : NOT_READY_WAIT);
    if (status === 424) {
      reply.header("ms-azureml-model-error-statuscode", 400);
      reply.header("ms-azureml-model-error-reason", row === undefined ? code : `${code} row=${row}`);
    }
    return reply.code(status).send(inFormOf(request, status, body));
  });
  return app;
}

/** Times as a log line has them. */
function inTenths<Line extends object>(line: Line): Line {
  const round = (value: unknown) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);
  return Object.fromEntries(Object.entries(line).map(([name, value]) => [name, round(value)])) as Line;
}

/** An error as the clients of this path read it. */
function inFormOf({ url }: FastifyRequest, status: number, body: ErrorBody): unknown {
  const [, first] = url.split(/[/?]/);
  return ERROR_FORMS.get(first)?.(status, body) ?? body;
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

/** What is no HTTP, has too long headers or does not come to its end: there is no request to answer, only a socket. */
function answerMalformed(error: Error & { code?: string }, socket: Socket): void {
  const [status, code, message] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ["408 Request Timeout", "timeout", "the request did not arrive in time"]
      : error.code === "HPE_HEADER_OVERFLOW"
        ? ["431 Request Header Fields Too Large", "invalid_request", "the headers are too long"]
        : ["400 Bad Request", "invalid_request", "the request is no HTTP"];
  const body = JSON.stringify({ error: { code, message } });
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
