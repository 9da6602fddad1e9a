import Type from "typebox";
import { StatusSchema } from "../service-status.ts";
import { ADAPTER_ROUTES } from "./adapter-routes.ts";
import { ADMIN_ROUTES } from "./admin-routes.ts";
import { BATCH_ROUTES } from "./batch-routes.ts";
import { EMBED_ROUTE } from "./embed-route.ts";
import { ERROR_BODY } from "./error-schema.ts";
import { KSERVE_ROUTES } from "./kserve-routes.ts";
import { LABELS_ROUTE } from "./labels-route.ts";
import { LIBRARY_ROUTES } from "./library-routes.ts";
import { OPENAI_ROUTES } from "./openai-routes.ts";
import { QUEUE_ROUTES } from "./queue-routes.ts";
import type { RouteDescription } from "./route-description.ts";
import { SCORE_ROUTE } from "./score-route.ts";

const state = (name: string) => ({
  "application/json": { schema: Type.Object({ status: Type.Literal(name) }, { additionalProperties: false }) },
});

const PROBE_ROUTES: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/live",
    tag: "Operating",
    summary: "Whether the process answers",
    needsKey: false,
    answer: { description: "It does.", content: state("live") },
    errors: [],
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/ready",
    tag: "Operating",
    summary: "Whether every deployment is loaded and has embedded something",
    needsKey: false,
    answer: { description: "It is.", content: state("ready") },
    errors: ["warming-up", "stopping"],
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/metrics",
    tag: "Operating",
    summary: "Metrics for Prometheus",
    needsKey: true,
    answer: { description: "Its text format.", content: { "text/plain": { schema: Type.String() } } },
    errors: ["unauthorised"],
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/status",
    tag: "Operating",
    summary: "Deployments, keys by their names, and how the last minutes were",
    needsKey: true,
    answer: { description: "As it is now.", content: { "application/json": { schema: StatusSchema } } },
    errors: ["unauthorised", "forbidden"],
    errorBody: ERROR_BODY,
  },
];

/** Every path of the endpoint that programs ask; a test compares the list with what is served. */
export const ROUTES: readonly RouteDescription[] = [
  SCORE_ROUTE,
  EMBED_ROUTE,
  ...OPENAI_ROUTES,
  ...KSERVE_ROUTES,
  LABELS_ROUTE,
  ...LIBRARY_ROUTES,
  ...ADAPTER_ROUTES,
  ...BATCH_ROUTES,
  ...QUEUE_ROUTES,
  ...PROBE_ROUTES,
  ...ADMIN_ROUTES,
];
