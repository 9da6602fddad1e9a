import { availableParallelism } from "node:os";
import Type, { type Static } from "typebox";
import type { Caller } from "./caller.ts";
import type { Service } from "./calls/answer-call.ts";
import { keepsAdapter } from "./library/adapters/adapter-deployments.ts";
import { type RecentSamples, SAMPLE_MS } from "./metrics/recent-samples.ts";

const closed = { additionalProperties: false };
const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Threshold = Type.Union([Type.Object({ ruleIn: Type.Number(), ruleOut: Type.Number() }, closed), Type.Null()], {
  description: "positive from ruleIn on, else negative below ruleOut, else open; null for a label that is not called",
});

/** Of `GET /status`. */
export const StatusSchema = Type.Object(
  {
    deployments: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          state: Type.Enum(["loading", "ready", "stopping"]),
          pending: Type.Integer({ description: "calls in work" }),
          refused: Type.Integer({ description: "calls turned away because too many were pending, since the start" }),
          traffic: Type.Integer({ description: "percent of the calls that name no deployment" }),
          model: orNull(Type.String({ description: "null while it loads" })),
          precision: orNull(Type.String()),
          profile: orNull(Type.String()),
          threads: Type.Integer({ description: "cores it may keep busy" }),
          peakRate: orNull(Type.Number({ description: "images a second at its best, as measured at the start" })),
          classifier: orNull(
            Type.Object(
              {
                isTrained: Type.Boolean({ description: "by an adapter; else it compares with texts" }),
                library: orNull(Type.String({ description: "on which the adapter was trained, and which keeps it" })),
                labels: Type.Array(Type.Object({ label: Type.String(), thresholds: Threshold }, closed)),
              },
              { description: "of one that answers with labels", ...closed },
            ),
          ),
        },
        closed,
      ),
    ),
    keys: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          pending: Type.Integer(),
          refused: Type.Integer({ description: "calls beyond the quota, since the start" }),
          hasExpired: Type.Boolean(),
          maxPending: orNull(Type.Integer()),
          requestsPerMinute: orNull(Type.Integer()),
          left: orNull(Type.Integer({ description: "of a minute's requests" })),
        },
        closed,
      ),
      { description: "by their names; nothing of a key itself" },
    ),
    sampleMs: Type.Integer({ description: "between two samples" }),
    samples: Type.Array(
      Type.Object(
        {
          at: Type.Number({ description: "ms since 1970" }),
          calls: Type.Integer({
            description: "calls that have embedded something and are over since the sample before",
          }),
          rows: Type.Integer({ description: "of them" }),
          median: orNull(Type.Number({ description: "ms that they took; null without any" })),
          p95: orNull(Type.Number({ description: "ms, the 95th percentile" })),
          pending: Type.Integer({ description: "calls in work" }),
          lookups: Type.Integer({ description: "images and texts that were asked for" }),
          hits: Type.Integer({ description: "those of them that were not computed anew" }),
          lag: Type.Number({ description: "ms that the event loop was late, the 99th percentile" }),
        },
        closed,
      ),
      { description: "the last minutes, the oldest first" },
    ),
  },
  { title: "Status", ...closed },
);

export type ServiceStatus = Static<typeof StatusSchema>;

/** `GET /status`: the deployments that the caller may use, the keys by their names as in the metrics, and the last minutes. */
export function describeService(
  { endpoint, keys, libraries }: Pick<Service, "endpoint" | "keys" | "libraries">,
  recent: RecentSamples,
  { deployments: allowed }: Caller,
): ServiceStatus {
  const visible = endpoint.deployments.filter(({ name }) => allowed?.includes(name) ?? true);
  return {
    deployments: visible.map(({ name, state, pending, refused, config, embedder, peakRate, classifier }) => ({
      name,
      state,
      pending,
      refused,
      traffic: config.traffic,
      model: embedder?.card.name ?? null,
      precision: embedder?.card.precision ?? null,
      profile: embedder?.profile ?? null,
      threads: config.threads ?? availableParallelism(),
      peakRate: peakRate ?? null,
      classifier: classifier
        ? {
            isTrained: config.adapter !== undefined,
            library: libraries.all.find((library) => keepsAdapter(library.config, config))?.name ?? null,
            labels: classifier.labels.map((one) => ({ ...one })),
          }
        : null,
    })),
    keys: keys.callers.map(({ name = "", pending, refused, hasExpired, quota }) => ({
      name,
      pending,
      refused,
      hasExpired,
      ...quota,
    })),
    sampleMs: SAMPLE_MS,
    samples: [...recent.all],
  };
}
