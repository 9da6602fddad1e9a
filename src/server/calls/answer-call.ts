import type { IncomingMessage } from "node:http";
import { MedembedError } from "../../errors.ts";
import type { BatchJobs } from "../batch/batch-jobs.ts";
import type { Classifier } from "../classifier.ts";
import type { Serving } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Keys } from "../keys.ts";
import type { Libraries } from "../library/libraries.ts";
import { volumesOf } from "../library/library-volumes.ts";
import type { Limits } from "../limits.ts";
import type { Call, Load } from "../load.ts";
import type { WatchedQueue } from "../queue/watched-queue.ts";
import { admitCall } from "./admission.ts";
import type { CallOptions } from "./call-options.ts";
import { type CallProfile, chooseProfile } from "./choose-profile.ts";
import type { Answer, Door } from "./door.ts";
import { embedRows, type RowQueue } from "./embed-rows.ts";
import type { FetchImage } from "./fetch-image.ts";
import { fetchRows } from "./fetch-rows.ts";
import type { ParsedRow } from "./parsed-call.ts";
import type { AskedOf, ParserName } from "./parsers.ts";
import type { Parsing } from "./parsing.ts";
import { receiveCall } from "./receive-call.ts";
import type { Shadowing } from "./shadowing.ts";
import { inStage } from "./watched.ts";

/** What all calls share. What may be written to changes with the config, between one call and the next. */
export interface Service {
  readonly keys: Keys;
  /** Names by which the server may be called while there are no keys, beside those of loopback. */
  allowedHosts: readonly string[];
  limits: Limits;
  /** Undefined: images are not fetched from addresses. */
  fetchImage?: FetchImage | undefined;
  readonly endpoint: Endpoint;
  readonly libraries: Libraries;
  readonly load: Load;
  readonly parsing: Parsing;
  readonly queue: RowQueue;
  readonly shadowing: Shadowing;
  /** Undefined: there are no batch jobs. */
  readonly jobs?: BatchJobs | undefined;
  /** Undefined: it is told of no queue of many machines. */
  readonly watched?: WatchedQueue | undefined;
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
  /** The library that the path names. */
  readonly library?: string | undefined;
  /** The id of the record that the path names. */
  readonly record?: string | undefined;
  /** Told of the call once it is admitted, so that whoever sees the caller leave can drop it. */
  readonly onCall: (call: Call) => void;
}

/**
 * One call from top to bottom, whatever its format: let in, received, fetched, embedded, answered. What costs least is checked
 * first, and nothing of the body is read before the key fits and there is room.
 * @throws MedembedError for everything that is refused
 */
export async function answerCall<Name extends ParserName, Options extends CallOptions>(
  request: IncomingMessage,
  door: Door<Name, Options>,
  service: Service,
  context: CallContext,
): Promise<Answer> {
  const { tally, onCall } = context;
  const { limits, fetchImage, endpoint, libraries, parsing, queue, shadowing } = service; // as they are now: a reload is for later calls
  const admission = await admitCall(request.headers, door, service, context);
  const { caller, options, call, library } = admission;
  const { signal } = call;
  const shelf = { libraries, library, record: context.record, signal };
  const atMost = (ms: number) => Math.min(options.timeoutMs ?? ms, ms);
  const leave = () => {
    if (tally.rows > 0) Object.assign(tally, call.times);
    admission.leave();
  };
  onCall(call);
  let isStreaming = false;
  try {
    const timeoutMs = atMost(door.workMs ?? admission.serving?.timeoutMs ?? limits.timeoutMs);
    const parsed = await receiveCall(request, { parser: door.parser, parsing, limits, call, tally, timeoutMs });
    const { imageParams } = parsed;

    const serving = admission.serving ?? admission.enter(endpoint.routeModel(parsed.model ?? "", caller.deployments));
    if (!admission.serving) call.startClock(atMost(serving.timeoutMs));
    door.checkAsked?.(parsed.asked, serving);
    tally.rows = parsed.rows.length;
    const write = writerOf(door, serving.classifier, options, parsed.asked);
    const profile = chooseProfile(serving.embedder.profile, imageParams);
    checkProfile(serving.classifier, profile);

    signal.throwIfAborted(); // who left meanwhile gets nothing fetched, copied or queued
    call.reach("fetching");
    const reserve = reserveUpTo(limits.maxBodyBytes, call);
    const { isTolerant } = options;
    const fetched = await fetchRows(parsed.rows, { fetchImage, signal, reserve, isTolerant });
    const given = serving.classifier ? fetched.map(withoutText) : fetched;
    const prepared = await door.prepare?.(given, { ...shelf, asked: parsed.asked, profile: profile.id });
    const { rows, asked } = prepared ?? { rows: given, asked: parsed.asked };

    call.reach("queued");
    const volumes = door.takesVolumes ? volumesOf(library!.head.profile) : undefined;
    shadowing.copy(rows, imageParams, volumes);
    const embedded = await inStage("embed", call, () =>
      embedRows(rows, {
        queue,
        owner: caller,
        embedder: serving.embedder,
        profile: profile.id,
        write,
        signal,
        onBegin: (stage) => call.begin(stage),
        isTolerant,
        countsTokens: door.countsTokens,
        volumes,
      }),
    );
    call.begin(); // if nothing was to be embedded
    const answer = await inStage("write", call, () =>
      door.writeAnswer(embedded, { ...shelf, deployment: serving, options, asked }),
    );
    if (!Buffer.isBuffer(answer.body)) {
      answer.body.once("close", leave);
      isStreaming = true;
    }
    return { ...answer, headers: { ...headersOf(serving, call, profile, rows), ...answer.headers } };
  } catch (error) {
    throw signal.aborted ? signal.reason : error; // what stopped the work, rather than how it was felt
  } finally {
    if (!isStreaming) leave();
  }
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

/** @throws MedembedError "invalid-request" for params that ask for vectors which the classifier does not understand */
function checkProfile(classifier: Classifier | undefined, { id }: CallProfile): void {
  if (classifier?.profile === undefined || classifier.profile === id) return;
  throw new MedembedError(
    "invalid-request",
    `this deployment labels by an adapter for the profile ${classifier.profile}: the params ask for another one, leave them out`,
  );
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

/** What every answer tells beside itself. */
function headersOf(
  { name, card }: Serving,
  { times: { queueMs, computeMs } }: Call,
  profile: CallProfile,
  rows: readonly ParsedRow[],
): Record<string, string> {
  const endsEarly = rows.some(({ text }) => text !== undefined && /<\|endoftext\|>/i.test(text));
  const warnings = [
    ...(profile.ignoresParams ? ["image-params-ignored"] : []),
    ...(endsEarly ? ["text-has-end-token"] : []),
  ];
  return {
    "azureml-model-deployment": name,
    "medembed-model": card.weights,
    "medembed-profile": profile.id,
    "medembed-queue-ms": queueMs.toFixed(1),
    "medembed-compute-ms": computeMs.toFixed(1),
    ...(warnings.length > 0 && { "medembed-warnings": warnings.join(", ") }),
  };
}
