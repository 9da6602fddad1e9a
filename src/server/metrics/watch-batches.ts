import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { BATCHES, type BatcherName, type BatchRun, DROPPED_ITEMS } from "../../batcher.ts";
import type { Endpoint } from "../endpoint.ts";
import { BATCH_SIZES, SECONDS } from "./buckets.ts";
import { LastMinute } from "./last-minute.ts";

const LABELS = ["deployment", "queue"];

interface Observation {
  readonly help: string;
  readonly buckets: number[];
  readonly read: (run: BatchRun) => number;
}

/** What is observed of each batch. */
const OBSERVATIONS: Readonly<Record<string, Observation>> = {
  medembed_batch_items: {
    help: "Items of a batch; pictures are prepared, images and texts are embedded. Its sum counts the items.",
    buckets: BATCH_SIZES,
    read: ({ items }) => items,
  },
  medembed_batch_seconds: {
    help: "How long a batch took, by the same queues.",
    buckets: SECONDS,
    read: ({ ms }) => ms / 1000,
  },
};

/** Listens to the batches of every embedder, and compares what was embedded with what could be. @returns what ends it */
export function watchBatches(registry: Registry, endpoint: Endpoint): () => void {
  const registers = [registry];
  const histograms = Object.entries(OBSERVATIONS).map(([name, { help, buckets, read }]) => ({
    histogram: new Histogram({ name, help, buckets, labelNames: LABELS, registers }),
    read,
  }));
  const dropped = new Counter({
    name: "medembed_items_dropped_total",
    help: "Items dropped before their turn, because nobody waited any more; they cost nothing.",
    labelNames: LABELS,
    registers,
  });
  const imageRates = new Map<string, LastMinute>();
  new Gauge({
    name: "medembed_deployment_share_of_peak",
    help: "Images embedded a second in the last minute, of the measured peak; deployments share the machine.",
    labelNames: ["deployment"],
    registers,
    collect() {
      this.reset();
      for (const { name, peakRate } of endpoint.deployments) {
        if (peakRate) this.set({ deployment: name }, (imageRates.get(name)?.perSecond ?? 0) / peakRate);
      }
    },
  });

  const onBatch = (message: unknown) => {
    const run = message as BatchRun;
    const { owner, queue, items } = run;
    for (const { histogram, read } of histograms) histogram.observe({ deployment: owner, queue }, read(run));
    if (queue !== "images") return;
    const rate = imageRates.get(owner) ?? new LastMinute();
    imageRates.set(owner, rate);
    rate.add(items);
  };
  const onDrop = (message: unknown) => {
    const { owner, queue } = message as BatcherName;
    dropped.inc({ deployment: owner, queue });
  };
  BATCHES.subscribe(onBatch);
  DROPPED_ITEMS.subscribe(onDrop);
  return () => {
    BATCHES.unsubscribe(onBatch);
    DROPPED_ITEMS.unsubscribe(onDrop);
  };
}
