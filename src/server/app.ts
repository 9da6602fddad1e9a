import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Writable } from "node:stream";
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import { MedembedError } from "../errors.ts";
import { answerMalformed } from "./answer-malformed.ts";
import { QuotaError } from "./caller.ts";
import type { Service, Tally } from "./calls/answer-call.ts";
import { kserveError } from "./kserve/error-form.ts";
import { Metrics } from "./metrics/metrics.ts";
import { RecentSamples } from "./metrics/recent-samples.ts";
import { openaiError } from "./openai/error-form.ts";
import { refuseForeignNames } from "./own-names.ts";
import { type Admin, METHODS, type PathParams, routesOf } from "./routes.ts";
import { answerOf, type ErrorBody, type ErrorForm } from "./statuses.ts";
import { tracesOf } from "./traces.ts";

/** From the first byte of a request to its last: 128 MB at 10 Mbit/s. Bounds how long a caller may send without end. */
const MAX_RECEIVE_MS = 120_000;
/** What a caller is told who comes while the model loads or the server stops, in seconds. */
const NOT_READY_WAIT = 10;
/** In logs, as nginx writes it: the caller had left before the answer. */
const CALLER_LEFT = 499;

/** Ids of records stand in paths: 256 characters, each of up to four bytes, each written in three. */
const MAX_PATH_PART = 256 * 4 * 3;

/** How errors are worded, by the first part of the path, so that it holds for unknown paths, too. */
const ERROR_FORMS: ReadonlyMap<string, ErrorForm> = new Map([
  ["v1", openaiError],
  ["v2", kserveError],
]);

/** @param logTo one JSON line a request; without it nothing is logged */
export function createApp(service: Service, logTo?: Writable, admin?: Admin): FastifyInstance {
  const { endpoint, load } = service;
  const metrics = new Metrics(service);
  const recent = new RecentSamples(service);
  const app = fastify({
    logger: logTo ? { stream: logTo, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` } : false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => randomUUID(), // one that the caller chose could hold anything
    requestTimeout: MAX_RECEIVE_MS,
    return503OnClosing: false, // the deployment says so itself, as the contract has it
    clientErrorHandler: answerMalformed,
    routerOptions: { maxParamLength: MAX_PATH_PART },
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
      recent.record(line);
      request.log[routes[route]?.isProbe ? "debug" : "info"](inTenths(line), "request");
    });
    if (service.keys.callers.length === 0) refuseForeignNames(request.headers.host, service.allowedHosts);
  });
  // A connection that stays open would keep a stopping server from ending.
  app.addHook("onSend", async (_request, reply) => {
    if (endpoint.isStopping) reply.header("connection", "close");
  });

  const routes = routesOf(service, { metrics, recent, admin, tallyOf: ({ raw }) => tallies.get(raw)! });
  for (const [url, route] of Object.entries(routes)) {
    const methods = METHODS.filter((method) => route[method]);
    for (const method of methods) app.route<{ Params: PathParams }>({ url, method, handler: route[method]! });
    const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !allowed.includes(method)),
      handler: async (_request, reply) => {
        reply.header("allow", allowed.join(", "));
        throw new MedembedError("wrong-method", `this path answers ${allowed.join(", ")}`);
      },
    });
  }
  app.addHook("onClose", async () => {
    metrics.close();
    recent.close();
  });
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
