import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Service } from "../calls/answer-call.ts";
import { cachesOf } from "./readings.ts";
import type { RequestLine } from "./request-metrics.ts";

/** Short enough that a chart of them moves, long enough that a rate is one. */
export const SAMPLE_MS = 2_000;
/** Five minutes of them. */
const SAMPLES_KEPT = 150;
/** How often the event loop is looked at. */
const LAG_RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/** How the endpoint has done since the sample before. */
export interface Sample {
  /** In ms since 1970. */
  readonly at: number;
  /** Calls with something to embed that are over. */
  readonly calls: number;
  /** Of them. */
  readonly rows: number;
  /** In ms, from the headers of such a call to the end of its answer; null without any. */
  readonly median: number | null;
  readonly p95: number | null;
  /** Calls in work at its end. */
  readonly pending: number;
  /** Images and texts that were asked for, and how many of them need not be computed. */
  readonly lookups: number;
  readonly hits: number;
  /** The 99th percentile, in ms. */
  readonly lag: number;
}

/** The last minutes of an endpoint, for a page that draws them: however many look, they see the same, from before they came. */
export class RecentSamples {
  readonly #service: Pick<Service, "endpoint" | "load">;
  readonly #delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #samples: readonly Sample[] = [];
  #durations: number[] = [];
  #rows = 0;
  #lookups = { all: 0, hits: 0 };

  constructor(service: Pick<Service, "endpoint" | "load">) {
    this.#service = service;
    this.#delay.enable();
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  /** The oldest first. */
  get all(): readonly Sample[] {
    return this.#samples;
  }

  /** Takes each request that is over. */
  record({ queueMs, ms, rows }: RequestLine): void {
    if (queueMs === undefined) return; // nothing was embedded
    this.#durations.push(ms);
    this.#rows += rows;
  }

  /** Done every `SAMPLE_MS`. */
  sample(): void {
    const sorted = this.#durations.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
    const counts = cachesOf(this.#service.endpoint).map(({ counts }) => counts);
    const hits = counts.reduce(
      (sum, { hits, diskHits, redisHits, shared }) => sum + hits + diskHits + redisHits + shared,
      0,
    );
    const all = counts.reduce((sum, { misses }) => sum + misses, hits);
    const sample: Sample = {
      at: Date.now(),
      calls: sorted.length,
      rows: this.#rows,
      median: at(0.5),
      p95: at(0.95),
      pending: this.#service.load.pending,
      lookups: Math.max(0, all - this.#lookups.all), // a deployment that was closed takes its counts along
      hits: Math.max(0, hits - this.#lookups.hits),
      lag: Math.max(0, this.#delay.percentile(99) / NS_PER_MS - LAG_RESOLUTION_MS),
    };
    this.#samples = [...this.#samples, sample].slice(-SAMPLES_KEPT);
    this.#durations = [];
    this.#rows = 0;
    this.#lookups = { all, hits };
    this.#delay.reset();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}
