import { AsyncLocalStorage } from "node:async_hooks";
import { propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { CALLS, STAGES, type WatchedCall, type WatchedStage } from "../calls/watched.ts";
import { answerOf } from "../statuses.ts";

/** What a channel adds to what it was told of. */
interface Failure {
  readonly error?: unknown;
}

/**
 * A span for each call, with one for each of its stages below it. Their attributes hold numbers and names of ours, nothing of the
 * payload. A trace that a caller began goes on (`traceparent`).
 * @returns what ends it
 */
export function traceCalls(tracer: Tracer): () => void {
  const calls = new AsyncLocalStorage<Span>();
  const spans = new WeakMap<object, Span>();

  const onCall = (watched: WatchedCall) => {
    const { request, route, requestId } = watched;
    const { method = "unknown" } = request;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = {
      "http.request.method": method,
      "http.route": route,
      "medembed.request_id": requestId,
    };
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    spans.set(watched, span);
    return span;
  };
  const onCallEnd = (message: unknown) => {
    const watched = message as WatchedCall & Failure;
    const { deployment, rows, bytes, queueMs, computeMs } = watched.tally;
    const span = spans.get(watched);
    const status = "error" in watched ? answerOf(watched.error).status : 200;
    span?.setAttributes({
      "http.response.status_code": status,
      "http.request.body.size": bytes,
      "medembed.rows": rows,
      ...(deployment !== undefined && { "medembed.deployment": deployment }),
      ...(queueMs !== undefined && { "medembed.queue_ms": queueMs }),
      ...(computeMs !== undefined && { "medembed.compute_ms": computeMs }),
    });
    end(span, watched);
  };
  const onStage = (message: unknown) => {
    const watched = message as WatchedStage;
    const call = calls.getStore();
    if (call) spans.set(watched, tracer.startSpan(watched.stage, {}, trace.setSpan(ROOT_CONTEXT, call)));
  };
  const onStageEnd = (message: unknown) => end(spans.get(message as WatchedStage), message as Failure);

  CALLS.start.bindStore(calls, onCall);
  CALLS.asyncEnd.subscribe(onCallEnd);
  STAGES.start.subscribe(onStage);
  STAGES.asyncEnd.subscribe(onStageEnd);
  return () => {
    CALLS.start.unbindStore(calls);
    CALLS.asyncEnd.unsubscribe(onCallEnd);
    STAGES.start.unsubscribe(onStage);
    STAGES.asyncEnd.unsubscribe(onStageEnd);
  };
}

/** What is wrong is told by its code: a message of ours holds nothing of the input, one of others may. */
function end(span: Span | undefined, outcome: Failure): void {
  if ("error" in outcome) {
    const { status, body } = answerOf(outcome.error);
    span?.setAttribute("error.type", body.error.code);
    if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
  }
  span?.end();
}
