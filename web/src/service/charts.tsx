import { LineChart } from "../parts/line-chart.tsx";
import type { ServiceStatus } from "../server/calls.ts";
import { WORDS } from "../words.ts";

type Sample = ServiceStatus["samples"][number];

interface ChartsProps {
  readonly samples: readonly Sample[];
  readonly sampleMs: number;
}

/** The last minutes. */
export function Charts({ samples, sampleMs }: ChartsProps) {
  const { charts } = WORDS.service;
  const perSecond = (count: number) => (1000 * count) / sampleMs;
  const of = (read: (sample: Sample) => number | null) => samples.map(read);
  const seconds = Math.round((samples.length * sampleMs) / 1_000);
  return (
    <section>
      <h2>{WORDS.service.last(seconds)}</h2>
      <div class="charts">
        <LineChart title={charts.throughput} unit={charts.perSecond} lines={[of(({ rows }) => perSecond(rows))]} />
        <LineChart
          title={charts.latency}
          unit={charts.ms}
          lines={[of(({ median }) => median), of(({ p95 }) => p95)]}
          names={[charts.median, charts.p95]}
        />
        <LineChart title={charts.queue} unit={charts.calls} lines={[of(({ pending }) => pending)]} />
        <LineChart
          title={charts.cache}
          unit={charts.percent}
          most={100}
          lines={[of(({ hits, lookups }) => (lookups === 0 ? null : (100 * hits) / lookups))]}
        />
        <LineChart title={charts.lag} unit={charts.ms} lines={[of(({ lag }) => lag)]} />
      </div>
    </section>
  );
}
