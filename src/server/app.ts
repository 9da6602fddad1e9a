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
import { QuotaError } from "./caller.ts";
import { answerCall, type Service, type Tally } from "./calls/answer-call.ts";
import type { CallOptions } from "./calls/call-options.ts";
import type { Door } from "./calls/door.ts";
import type { ParserName } from "./calls/parsers.ts";
import { statusOf } from "./endpoint-status.ts";
import type { ReloadReport } from "./live-config.ts";
import { scoreDoor } from "./score/score-door.ts";
import { answerOf } from "./statuses.ts";

/** From the first byte of a request to its last: 128 MB at 10 Mbit/s. Bounds how long a caller may send without end. */
const MAX_RECEIVE_MS = 120_000;
/** What a caller is told who comes while the model loads or the server stops, in seconds. */
const NOT_READY_WAIT = 10;
/** A larger answer is sent in pieces of it: the twenty megabytes of a thousand rows would hold the event loop. */
const PIECE_BYTES = 2 ** 20;
/** In logs, as nginx writes it: the caller had left before the answer. */
const CALLER_LEFT = 499;

const METHODS: Readonly<Record<string, string>> = {
  "/score": "POST",
  "/live": "GET, HEAD",
  "/ready": "GET, HEAD",
  "/admin/reload": "POST",
  "/admin/status": "GET, HEAD",
};
/** Asked every few seconds; their lines are written at level debug. */
const PROBES: ReadonlySet<string | undefined> = new Set(["/live", "/ready"]);

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
  const app = fastify({
    logger: logTo ? { stream: logTo, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` } : false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => randomUUID(), // one that the caller chose could hold anything
    requestTimeout: MAX_RECEIVE_MS,
    return503OnClosing: false, // the deployment says so itself, as the contract has it
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const { status, body } = answerOf(error); // a path that cannot be read; no hook has seen it
      request.log.info({ method: request.method, route: "unknown", status }, "request");
      reply.code(status).send(body);
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
      const route = routeOf(request);
      const line = {
        method: request.method,
        route: route ?? "unknown", // a path itself could hold anything
        status: reply.raw.writableEnded ? reply.statusCode : CALLER_LEFT,
        ms: Math.round((performance.now() - started) * 10) / 10,
        ...tally,
      };
      if (PROBES.has(route)) request.log.debug(line, "request");
      else request.log.info(line, "request");
    });
  });
  // A connection that stays open would keep a stopping server from ending.
  app.addHook("onSend", async (_request, reply) => {
    if (endpoint.isStopping) reply.header("connection", "close");
  });

  const answer = async <Name extends ParserName, Options extends CallOptions>(
    door: Door<Name, Options>,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { headers, body } = await answerCall(request.raw, door, service, {
      tally: tallies.get(request.raw)!,
      onCall: (call) => {
        onLeave(reply.raw, () => call.drop("left", new MedembedError("cancelled", "the caller has left")));
      },
    });
    reply.headers(headers).header("content-length", body.length);
    return reply.send(body.length > PIECE_BYTES ? Readable.from(inPieces(body)) : body);
  };
  app.post("/score", (request, reply) => answer(scoreDoor, request, reply));
  app.get("/live", async () => ({ status: "live" }));
  app.get("/ready", async () => {
    endpoint.checkReady();
    return { status: "ready" };
  });

  app.post("/admin/reload", async ({ headers }) => {
    keys.checkAdmin(headers.authorization);
    if (!admin) throw new MedembedError("no-route", "this server has no config to reload");
    return admin.reload();
  });
  app.get("/admin/status", async ({ headers }) => {
    keys.checkAdmin(headers.authorization);
    return statusOf(service);
  });

  app.setNotFoundHandler((request, reply) => {
    const route = routeOf(request);
    if (route === undefined) throw new MedembedError("no-route", "there is nothing under this path");
    const allowed = METHODS[route];
    reply.header("allow", allowed);
    throw new MedembedError("wrong-method", `this path answers ${allowed}`);
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
    return reply.code(status).send(body);
  });
  return app;
}

/** The path of a request, if the endpoint has it, for whatever method. */
function routeOf({ url }: FastifyRequest): string | undefined {
  const [path] = url.split("?");
  return Object.hasOwn(METHODS, path) ? path : undefined;
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

/** What kind of error it was and where; its message could quote what it stumbled over. */
function tracesOf(error: Error) {
  const kindOf = ({ code, name }: Error & { code?: string }) => code ?? name;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: kindOf(error),
    cause: error.cause instanceof Error ? kindOf(error.cause) : undefined,
    frames: frames.map((line) => line.trim()),
  };
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
