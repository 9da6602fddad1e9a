import { Counter, Histogram, type Registry } from "prom-client";
import { STAGES, type Stage, type WatchedStage } from "../calls/watched.ts";
import { type Call, DROPPED_CALLS, type DroppedCall } from "../load.ts";
import { SECONDS } from "./buckets.ts";

/** Listens to the stages of calls, and where calls are dropped. @returns what ends it */
export function watchStages(registry: Registry): () => void {
  const registers = [registry];
  const seconds = new Histogram({
    name: "medembed_stage_seconds",
    help: "Of a call: receive its body, parse it, embed its rows (queues included), write the answer.",
    labelNames: ["stage"],
    buckets: SECONDS,
    registers,
  });
  const drops = new Counter({
    name: "medembed_calls_dropped_total",
    help: "Calls given up: the caller left, it was late, or the server stopped; and the stage they were in.",
    labelNames: ["reason", "stage"],
    registers,
  });
  const startedAt = new WeakMap<WatchedStage, number>();
  const stages = new WeakMap<Call, Stage>();

  const onStart = (message: unknown) => {
    const watched = message as WatchedStage;
    startedAt.set(watched, performance.now());
    stages.set(watched.call, watched.stage);
  };
  const onEnd = (message: unknown) => {
    const watched = message as WatchedStage;
    const start = startedAt.get(watched);
    if (start !== undefined) seconds.observe({ stage: watched.stage }, (performance.now() - start) / 1000);
  };
  const onDrop = (message: unknown) => {
    const { call, why } = message as DroppedCall;
    drops.inc({ reason: why, stage: stages.get(call) ?? "receive" });
  };
  STAGES.start.subscribe(onStart);
  STAGES.asyncEnd.subscribe(onEnd);
  DROPPED_CALLS.subscribe(onDrop);
  return () => {
    STAGES.start.unsubscribe(onStart);
    STAGES.asyncEnd.unsubscribe(onEnd);
    DROPPED_CALLS.unsubscribe(onDrop);
  };
}
