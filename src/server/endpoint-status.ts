import type { Service } from "./calls/answer-call.ts";

/** How an endpoint is doing, for its administrator: names and numbers, no keys. */
export function statusOf({ endpoint, libraries, keys, load, shadowing }: Service) {
  return {
    deployments: endpoint.deployments.map(({ name, state, pending, refused, config }) => ({
      name,
      state,
      pending,
      refused,
      traffic: config.traffic,
      mirror: config.mirror,
    })),
    libraries: libraries.all.map(({ name, state, pending, config }) => ({
      name,
      state,
      pending,
      deployment: config.deployment,
    })),
    keys: keys.callers.map(({ name, pending, refused, hasExpired }) => ({ name, pending, refused, hasExpired })),
    calls: { pending: load.stages, done: load.counts, dropped: load.dropped },
    shadows: shadowing.counts,
  };
}
