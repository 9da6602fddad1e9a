import { Histogram, type Registry } from "prom-client";
import { STAGES, type WatchedStage } from "../calls/watched.ts";
import { SECONDS } from "./buckets.ts";

/** Listens to the stages of calls. @returns what ends it */
export function watchStages(registry: Registry): () => void {
  const registers = [registry];
  const seconds = new Histogram({
    name: "medembed_stage_seconds",
    help: "Of a call: receive its body, parse it, embed its rows (queues included), write the answer.",
    labelNames: ["stage"],
    buckets: SECONDS,
    registers,
  });
  const startedAt = new WeakMap<WatchedStage, number>();

  const onStart = (message: unknown) => {
    startedAt.set(message as WatchedStage, performance.now());
  };
  const onEnd = (message: unknown) => {
    const watched = message as WatchedStage;
    const start = startedAt.get(watched);
    if (start !== undefined) seconds.observe({ stage: watched.stage }, (performance.now() - start) / 1000);
  };
  STAGES.start.subscribe(onStart);
  STAGES.asyncEnd.subscribe(onEnd);
  return () => {
    STAGES.start.unsubscribe(onStart);
    STAGES.asyncEnd.unsubscribe(onEnd);
  };
}
