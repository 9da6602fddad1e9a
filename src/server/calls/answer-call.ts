import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { MedembedError } from "../../errors.ts";
import type { Caller } from "../caller.ts";
import type { Classifier } from "../classifier.ts";
import type { Deployment } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Keys } from "../keys.ts";
import type { Limits } from "../limits.ts";
import type { Call, Load } from "../load.ts";
import { readBody } from "../read-body.ts";
import type { CallOptions } from "./call-options.ts";
import { chooseProfile } from "./choose-profile.ts";
import type { Answer, Door } from "./door.ts";
import { embedRows, type RowQueue } from "./embed-rows.ts";
import type { FetchImage } from "./fetch-image.ts";
import { fetchRows } from "./fetch-rows.ts";
import type { ParsedRow } from "./parsed-call.ts";
import type { AskedOf, ParserName } from "./parsers.ts";
import type { Parsing } from "./parsing.ts";
import type { Shadowing } from "./shadowing.ts";
import { inStage } from "./watched.ts";

/** What all calls share. What may be written to changes with the config, between one call and the next. */
export interface Service {
  readonly keys: Keys;
  limits: Limits;
  /** Undefined: images are not fetched from addresses. */
  fetchImage?: FetchImage | undefined;
  readonly endpoint: Endpoint;
  readonly load: Load;
  readonly parsing: Parsing;
  readonly queue: RowQueue;
  readonly shadowing: Shadowing;
}

/** What is counted of a call while it is on its way. */
export interface Tally {
  /** The name of the key. */
  key?: string | undefined;
  rows: number;
  bytes: number;
  /** Of a call that was let in. */
  deployment?: string;
  /** Of a call that could be parsed: how long it waited, and from its first item's turn to its end. */
  queueMs?: number;
  computeMs?: number;
}

export interface CallContext {
  readonly tally: Tally;
  /** The deployment that the path names, or the model in it. */
  readonly model?: string | undefined;
  /** Told of the call once it is admitted, so that whoever sees the caller leave can drop it. */
  readonly onCall: (call: Call) => void;
}

/**
 * One call from top to bottom, whatever its format: what costs least is checked first, and nothing of the body is read before
 * the key fits and there is room.
 * @throws MedembedError for everything that is refused
 */
export async function answerCall<Name extends ParserName, Options extends CallOptions>(
  request: IncomingMessage,
  door: Door<Name, Options>,
  { keys, limits, fetchImage, endpoint, load, parsing, queue, shadowing }: Service,
  { tally, model, onCall }: CallContext,
): Promise<Answer> {
  const { headers } = request;
  const caller = keys.identify(headers.authorization);
  tally.key = caller.name;
  let serving = door.hasModelInBody ? undefined : routeByHead(endpoint, model, headers, caller).enter();
  if (!serving) endpoint.checkAnyReady();
  let call: Call | undefined;
  let leave: (() => void) | undefined;
  try {
    leave = caller.enter();
    const options = door.readOptions(headers);
    call = load.admit();
    onCall(call);
    const { signal } = call;
    const body = await inStage("receive", call, (call) => receive(request, call, tally, limits.maxBodyBytes));
    const atMost = (ms: number) => Math.min(options.timeoutMs ?? ms, ms);
    call.startClock(atMost(serving?.timeoutMs ?? limits.timeoutMs));
    const parseOptions = {
      maxRows: limits.maxRows,
      contentType: headers["content-type"] ?? "",
      jsonLength: headerOf(headers, "inference-header-content-length"),
    };
    const parsed = await inStage("parse", call, () => parsing.parse(door.parser, body, parseOptions, { signal }));
    if (!serving) {
      serving = endpoint.routeModel(parsed.model ?? "", caller.deployments).enter();
      call.startClock(atMost(serving.timeoutMs));
    }
    const { embedder, classifier } = serving;
    const { asked } = parsed;
    door.checkAsked?.(asked, serving);
    tally.rows = parsed.rows.length;
    signal.throwIfAborted(); // who left meanwhile gets nothing fetched, copied or queued
    call.reach("fetching");
    const fetched = await fetchRows(parsed.rows, {
      fetchImage,
      signal,
      reserve: reserveUpTo(limits.maxBodyBytes, call),
      isTolerant: options.isTolerant,
    });
    call.reach("queued");
    const rows = classifier ? fetched.map(withoutText) : fetched;
    shadowing.copy(rows, parsed.imageParams);
    const profile = chooseProfile(embedder.profile, parsed.imageParams);
    const embedded = await inStage("embed", call, (call) =>
      embedRows(rows, {
        queue,
        owner: caller,
        embedder,
        profile: profile.id,
        write: writerOf(door, classifier, options, asked),
        signal,
        onBegin: (stage) => call.begin(stage),
        isTolerant: options.isTolerant,
        countsTokens: door.countsTokens,
      }),
    );
    const writing = { deployment: serving, options, asked };
    const answer = await inStage("write", call, () => door.writeAnswer(embedded, writing));
    const { queueMs, computeMs } = call.times;
    const warnings = warningsOf(rows, profile.ignoresParams);
    return {
      ...answer,
      headers: {
        "azureml-model-deployment": serving.name,
        "medembed-model": embedder.card.weights,
        "medembed-profile": profile.id,
        "medembed-queue-ms": queueMs.toFixed(1),
        "medembed-compute-ms": computeMs.toFixed(1),
        ...(warnings.length > 0 && { "medembed-warnings": warnings.join(", ") }),
        ...answer.headers,
      },
    };
  } catch (error) {
    throw call?.signal.aborted ? call.signal.reason : error; // what stopped the work, rather than how it was felt
  } finally {
    if (serving) tally.deployment = serving.name;
    if (call && tally.rows > 0) Object.assign(tally, call.times);
    call?.end();
    leave?.();
    serving?.leave();
  }
}

/** Which deployment a call is for, as path and headers tell. @throws MedembedError "no-deployment" */
function routeByHead(
  endpoint: Endpoint,
  model: string | undefined,
  headers: IncomingHttpHeaders,
  { deployments }: Caller,
): Deployment {
  return model === undefined
    ? endpoint.route(headerOf(headers, "azureml-model-deployment"), deployments)
    : endpoint.routeModel(model, deployments);
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function receive(request: IncomingMessage, call: Call, tally: Tally, maxBytes: number) {
  return readBody(request, {
    maxBytes,
    signal: call.signal,
    reserve: (bytes) => {
      tally.bytes += bytes;
      call.reserve(bytes);
    },
  });
}

/** All that is fetched for a call may be as large as a body that brings its images along. */
function reserveUpTo(maxBytes: number, call: Call): (bytes: number) => void {
  let left = maxBytes;
  return (bytes) => {
    left -= bytes;
    if (left < 0) {
      throw new MedembedError("request-too-large", `the images fetched for one call are larger than ${maxBytes} bytes`);
    }
    call.reserve(bytes);
  };
}

/** A classifier reads images only. */
function withoutText({ text, ...row }: ParsedRow): ParsedRow {
  if (row.image || row.fault) return row;
  return { fault: { code: "empty-row", message: "it has no image, and this deployment labels images" } };
}

function writerOf<Name extends ParserName, Options extends CallOptions>(
  { writeVector, writeLabels }: Door<Name, Options>,
  classifier: Classifier | undefined,
  options: Options,
  asked: AskedOf<Name>,
): (vector: Float32Array, half: "image" | "text") => Buffer {
  if (!classifier) return (vector, half) => writeVector(vector, { half, options, asked });
  if (!writeLabels) {
    throw new MedembedError("invalid-request", "this deployment gives labels and no vectors: ask it by POST /score");
  }
  return (vector) => writeLabels(classifier.classify(vector));
}

/** What a caller should know of an answer that is none the less right. */
function warningsOf(rows: readonly ParsedRow[], ignoresParams: boolean): string[] {
  const endsEarly = rows.some(({ text }) => text !== undefined && /<\|endoftext\|>/i.test(text));
  return [...(ignoresParams ? ["image-params-ignored"] : []), ...(endsEarly ? ["text-has-end-token"] : [])];
}
