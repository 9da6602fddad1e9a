import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ShardQueue } from "./bullmq.ts";
import type { ShardLine } from "./shard-line.ts";

/** Of the default model on a core a shard takes a second, of a large one minutes. */
const SHARD_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];
const COMMIT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What operators see of a worker, and of the queue that it works for, in the text format of Prometheus. */
export class WorkerMetrics {
  readonly registry = new Registry();
  /** Takes each time that the worker had a shard. */
  readonly record: (line: ShardLine) => void;

  constructor(queue: ShardQueue) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const shards = new Counter({
      name: "medembed_worker_shards_total",
      help: "Times that this worker had a shard, by how that ended.",
      labelNames: ["end"],
      registers,
    });
    const inputs = new Counter({
      name: "medembed_worker_inputs_total",
      help: "Files, or rows of a batch, of settled shards: stored, known or failed.",
      labelNames: ["outcome"],
      registers,
    });
    const bytes = new Counter({
      name: "medembed_worker_bytes_total",
      help: "Bytes of the inputs of settled shards.",
      registers,
    });
    const shardSeconds = new Histogram({
      name: "medembed_worker_shard_seconds",
      help: "From the begin of a shard to its end; two are in work at a time.",
      buckets: SHARD_SECONDS,
      registers,
    });
    const commitSeconds = new Histogram({
      name: "medembed_worker_commit_seconds",
      help: "Of them: storing its records, other writers' turns included.",
      buckets: COMMIT_SECONDS,
      registers,
    });
    new Gauge({
      name: "medembed_queue_shards",
      help: "Shards on the queue, of all runs: waiting, again (failed, and tried again after a while), inWork, givenUp.",
      labelNames: ["state"],
      registers,
      async collect() {
        const { waiting, again, inWork, givenUp } = await queue.counts();
        for (const [state, count] of Object.entries({ waiting, again, inWork, givenUp })) this.set({ state }, count);
      },
    });
    this.record = ({ end, stored, known, failed, ...line }) => {
      shards.inc({ end });
      shardSeconds.observe(line.seconds);
      if (end !== "settled") return;
      for (const [outcome, count] of Object.entries({ stored, known, failed })) inputs.inc({ outcome }, count);
      bytes.inc(line.bytes);
      commitSeconds.observe(line.commitSeconds);
    };
  }
}
