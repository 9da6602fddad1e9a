import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { propagation, SpanStatusCode } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { startTracing } from "../../src/server/tracing/start-tracing.ts";
import { traceCalls } from "../../src/server/tracing/trace-calls.ts";
import { openGolden } from "../golden-small.ts";
import { envelope, post, serve } from "./serving.ts";

const embedder = await openGolden();

const SECRET = "Jane Doe, born 1970-01-01";
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
after(() => propagation.disable());
const stop = traceCalls(provider.getTracer("medembed"));
after(stop);
beforeEach(() => exporter.reset());

const idOf = (span: { spanContext(): { spanId: string } }) => span.spanContext().spanId;

test("a call is a span with one for each of its stages, in the trace that the caller began", async () => {
  const serving = await serve(embedder);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const response = await post(serving, envelope(["text"], [["chest"], ["head"]]), { traceparent });
  assert.equal(response.statusCode, 200);
  const spans = exporter.getFinishedSpans();
  assert.deepEqual(
    spans.map(({ name }) => name),
    ["receive", "parse", "embed", "write", "POST /score"],
  );
  const call = spans.at(-1)!;
  assert.equal(call.parentSpanContext?.spanId, "b7ad6b7169203331");
  for (const span of spans) assert.equal(span.spanContext().traceId, "0af7651916cd43dd8448eb211c80319c");
  for (const stage of spans.slice(0, -1)) assert.equal(stage.parentSpanContext?.spanId, idOf(call));
  const { "medembed.queue_ms": queueMs, "medembed.compute_ms": computeMs, ...attributes } = call.attributes;
  assert.ok(Number(queueMs) >= 0 && Number(computeMs) > 0);
  assert.deepEqual(attributes, {
    "http.request.method": "POST",
    "http.route": "/score",
    "http.response.status_code": 200,
    "http.request.body.size": JSON.stringify(envelope(["text"], [["chest"], ["head"]])).length,
    "medembed.request_id": response.headers["x-request-id"],
    "medembed.deployment": "default",
    "medembed.rows": 2,
  });
});

test("calls at a time keep their stages apart", async () => {
  const serving = await serve(embedder);
  await Promise.all(["a", "b", "c"].map((text) => post(serving, envelope(["text"], [[text]]))));
  const spans = exporter.getFinishedSpans();
  const calls = spans.filter(({ name }) => name === "POST /score");
  assert.equal(calls.length, 3);
  for (const call of calls) {
    const stages = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === idOf(call));
    assert.deepEqual(
      stages.map(({ name }) => name),
      ["receive", "parse", "embed", "write"],
    );
  }
});

test("a refused call ends its span with status and code, and without what was sent", async () => {
  const serving = await serve(embedder, { keys: ["first-key"] });
  const headers = { authorization: "Bearer first-key" };
  await post(serving, envelope(["text"], [[SECRET]]), { authorization: `Bearer ${SECRET}` });
  await post(serving, `{"${SECRET}`, headers);
  await post(serving, envelope(["image"], [[SECRET]]), headers);
  await post(serving, envelope(["text"], [[SECRET]]), { ...headers, traceparent: SECRET });
  const spans = exporter.getFinishedSpans();
  const outcome = ({ name, attributes }: (typeof spans)[number]) => [
    name,
    attributes["http.response.status_code"],
    attributes["error.type"],
  ];
  assert.deepEqual(spans.filter(({ name }) => name.startsWith("POST")).map(outcome), [
    ["POST /score", 401, "unauthorised"],
    ["POST /score", 400, "invalid_request"],
    ["POST /score", 424, "image_undecodable"],
    ["POST /score", 200, undefined],
  ]);
  assert.ok(
    spans.every(({ status }) => status.code === SpanStatusCode.UNSET),
    "these are the callers' faults",
  );
  const told = spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  assert.doesNotMatch(JSON.stringify(told), /Jane|first-key/);
});

test("without OTEL_* nothing is traced; with it the SDK is needed, and the message says how to get it", async () => {
  for (const environment of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
    { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" },
    { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" },
  ]) {
    assert.equal(await startTracing(environment), undefined);
  }
  for (const environment of [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" },
    { OTEL_TRACES_EXPORTER: "console" },
  ]) {
    await assert.rejects(startTracing(environment), {
      code: "usage",
      message: /npm install @opentelemetry\/sdk-node@/,
    });
  }
});
