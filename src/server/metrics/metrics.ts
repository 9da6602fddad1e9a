import { Counter, Gauge, Registry } from "prom-client";
import { processMetrics } from "./process-metrics.ts";
import { type Counting, READINGS } from "./readings.ts";
import { type RequestLine, requestMetrics } from "./request-metrics.ts";
import { watchBatches } from "./watch-batches.ts";
import { watchStages } from "./watch-stages.ts";

/**
 * What operators see of the endpoint, in the text format of Prometheus. It only looks on: at the channels of batches, stages and
 * drops, which are those of the process, at requests that are over, and at whoever counts anyway.
 */
export class Metrics {
  /** All but those of the process. */
  readonly registry = new Registry();
  /** Takes each request that is over. */
  readonly record: (line: RequestLine) => void;
  readonly #all: Registry;
  readonly #watches: readonly (() => void)[];

  constructor(counting: Counting) {
    this.record = requestMetrics(this.registry);
    this.#watches = [watchStages(this.registry), watchBatches(this.registry, counting.endpoint)];
    addReadings(this.registry, counting);
    this.#all = Registry.merge([this.registry, processMetrics()]);
  }

  get contentType(): string {
    return this.#all.contentType;
  }

  text(): Promise<string> {
    return this.#all.metrics();
  }

  close(): void {
    for (const stop of this.#watches) stop();
  }
}

function addReadings(registry: Registry, counting: Counting): void {
  for (const [name, { type, help, labels = [], read }] of Object.entries(READINGS)) {
    const settings = { name, help, labelNames: labels, registers: [registry] };
    if (type === "counter") {
      new Counter({
        ...settings,
        collect() {
          this.reset();
          for (const [of, count] of read(counting)) this.inc(of, count);
        },
      });
    } else {
      new Gauge({
        ...settings,
        collect() {
          this.reset();
          for (const [of, value] of read(counting)) this.set(of, value);
        },
      });
    }
  }
}
