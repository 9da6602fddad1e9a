import { type CacheCounts, CachingEmbedder } from "../cache/caching-embedder.ts";
import type { Service } from "../calls/answer-call.ts";
import type { Deployment } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";

/** Who counts while the endpoint works. */
export type Counting = Pick<Service, "endpoint" | "libraries" | "keys" | "load" | "shadowing">;

type Value = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Reading {
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: (counting: Counting) => readonly Value[];
}

/** What others count anyway and is read only when someone asks. Whatever else keeps counts gets its rows here. */
export const READINGS: Readonly<Record<string, Reading>> = {
  medembed_calls_finished_total: {
    type: "counter",
    help: "Calls that were let in and answered, whatever the answer was.",
    read: ({ load }) => [[{}, load.counts.finished]],
  },
  medembed_calls_refused_total: {
    type: "counter",
    help: "Calls turned away with 429 because too many calls or bytes were pending.",
    read: ({ load }) => [[{}, load.counts.refused]],
  },
  medembed_calls_dropped_total: {
    type: "counter",
    help: "Calls given up: the caller left, it was late, or the server stopped.",
    labels: ["reason"],
    read: ({ load: { counts } }) =>
      (["left", "late", "stopped"] as const).map((reason) => [{ reason }, counts[reason]] as Value),
  },
  medembed_calls_dropped_by_stage_total: {
    type: "counter",
    help: "The same calls by how far they had come.",
    labels: ["stage"],
    read: ({ load }) => Object.entries(load.dropped).map(([stage, count]) => [{ stage }, count] as Value),
  },
  medembed_key_pending_calls: {
    type: "gauge",
    help: "Calls in work, by the name of their key.",
    labels: ["key"],
    read: ({ keys }) => keys.callers.map(({ name = "", pending }) => [{ key: name }, pending] as Value),
  },
  medembed_key_refused_total: {
    type: "counter",
    help: "Calls beyond the quota of a key.",
    labels: ["key"],
    read: ({ keys }) => keys.callers.map(({ name = "", refused }) => [{ key: name }, refused] as Value),
  },
  medembed_pending_calls: {
    type: "gauge",
    help: "Calls that were let in and are not answered yet.",
    read: ({ load }) => [[{}, load.pending]],
  },
  medembed_pending_bytes: {
    type: "gauge",
    help: "Bytes of their bodies, as far as they have arrived.",
    read: ({ load }) => [[{}, load.pendingBytes]],
  },
  medembed_deployment_info: {
    type: "gauge",
    help: "Always 1; what a deployment that serves embeds with.",
    labels: ["deployment", "model", "weights", "precision", "profile"],
    read: ({ endpoint }) =>
      endpoint.deployments.flatMap(({ name, embedder }) => {
        if (!embedder) return [];
        const { name: model, weights, precision } = embedder.card;
        return [[{ deployment: name, model, weights, precision, profile: embedder.profile }, 1]];
      }),
  },
  medembed_deployment_ready: {
    type: "gauge",
    help: "1 if the deployment serves, 0 while it loads or stops.",
    labels: ["deployment"],
    read: ({ endpoint }) => ofEach(endpoint, ({ embedder }) => (embedder ? 1 : 0)),
  },
  medembed_deployment_pending_calls: {
    type: "gauge",
    help: "Calls in work; of a shadow, copies.",
    labels: ["deployment"],
    read: ({ endpoint }) => ofEach(endpoint, ({ pending }) => pending),
  },
  medembed_deployment_refused_total: {
    type: "counter",
    help: "Calls turned away with 429 because too many of this deployment were pending.",
    labels: ["deployment"],
    read: ({ endpoint }) => ofEach(endpoint, ({ refused }) => refused),
  },
  medembed_deployment_peak_images_per_second: {
    type: "gauge",
    help: "What its engine managed at full batches when it was loaded.",
    labels: ["deployment"],
    read: ({ endpoint }) => ofEach(endpoint, ({ peakRate }) => peakRate),
  },
  medembed_cache_lookups_total: {
    type: "counter",
    help: "Images and texts that were asked for: hits in memory, diskHits, redisHits, shared with a call at the same time, or misses.",
    labels: ["deployment", "outcome"],
    read: ({ endpoint }) =>
      cachesOf(endpoint).flatMap(({ deployment, counts: { hits, diskHits, redisHits, shared, misses } }) =>
        Object.entries({ hits, diskHits, redisHits, shared, misses }).map(
          ([outcome, count]) => [{ deployment, outcome }, count] as Value,
        ),
      ),
  },
  medembed_cache_entries: {
    type: "gauge",
    help: "Vectors in memory, of all deployments.",
    read: ({ endpoint }) => ofTheCache(endpoint, ({ entries }) => entries),
  },
  medembed_cache_bytes: {
    type: "gauge",
    help: "Bytes of them.",
    read: ({ endpoint }) => ofTheCache(endpoint, ({ bytes }) => bytes),
  },
  medembed_cache_evictions_total: {
    type: "counter",
    help: "Vectors that made room for others in memory.",
    read: ({ endpoint }) => ofTheCache(endpoint, ({ evictions }) => evictions),
  },
  medembed_cache_disk_errors_total: {
    type: "counter",
    help: "Faults of the cache's folder; none fails a call.",
    read: ({ endpoint }) => ofTheCache(endpoint, ({ diskErrors }) => diskErrors),
  },
  medembed_redis_errors_total: {
    type: "counter",
    help: "Faults of the Redis server that replicas share while it seemed to be there; none fails a call.",
    read: ({ endpoint }) => ofTheCache(endpoint, ({ redisErrors }) => redisErrors),
  },
  medembed_library_pending_calls: {
    type: "gauge",
    help: "Calls in work, by library.",
    labels: ["library"],
    read: ({ libraries }) => libraries.all.map(({ name, pending }) => [{ library: name }, pending]),
  },
  medembed_library_records_total: {
    type: "counter",
    help: "Records of calls: stored, known before, or removed.",
    labels: ["library", "outcome"],
    read: ({ libraries }) =>
      libraries.all.flatMap(({ name, counts }) =>
        Object.entries(counts).map(([outcome, count]) => [{ library: name, outcome }, count] as Value),
      ),
  },
  medembed_shadow_copies_total: {
    type: "counter",
    help: "Calls and shadows: copied; failed, of those copied; skipped, because the shadow was not ready or was full.",
    labels: ["outcome"],
    read: ({ shadowing }) => Object.entries(shadowing.counts).map(([outcome, count]) => [{ outcome }, count]),
  },
};

function ofEach(endpoint: Endpoint, read: (deployment: Deployment) => number | undefined): Value[] {
  return endpoint.deployments.flatMap((deployment) => {
    const value = read(deployment);
    return value === undefined ? [] : [[{ deployment: deployment.name }, value] as Value];
  });
}

export function cachesOf(endpoint: Endpoint): { readonly deployment: string; readonly counts: CacheCounts }[] {
  return endpoint.deployments.flatMap(({ name, embedder }) =>
    embedder instanceof CachingEmbedder ? [{ deployment: name, counts: embedder.counts }] : [],
  );
}

/** All deployments have one memory and one folder, and each tells the same of them. */
function ofTheCache(endpoint: Endpoint, read: (counts: CacheCounts) => number): Value[] {
  return cachesOf(endpoint)
    .slice(0, 1)
    .map(({ counts }) => [{}, read(counts)]);
}
