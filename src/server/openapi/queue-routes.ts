import Type from "typebox";
import { QueueStatusSchema, RunPageSchema, WorkerPageSchema, WorkersSchema } from "../queue/describe-queue.ts";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const description = "404 unless the server's config names a queue; for keys that are good for all deployments.";

function watching(path: string, summary: string, schema: Type.TSchema): RouteDescription {
  return {
    method: "get",
    path,
    tag: "Queue of many machines",
    summary,
    description,
    needsKey: true,
    answer: { description: "As it is now.", content: { "application/json": { schema } } },
    errors: ["unauthorised", "forbidden", "no-route", "queue-failed"],
    errorBody: ERROR_BODY,
  };
}

function steering(path: string, summary: string): RouteDescription {
  const schema = Type.Object({ isPaused: Type.Boolean() }, { additionalProperties: false });
  return { ...watching(path, summary, schema), method: "post", tag: "Administering", description: "For all runs." };
}

/** What workers do, and the two calls that steer all of them. */
export const QUEUE_ROUTES: readonly RouteDescription[] = [
  watching("/queue/runs", "The runs that workers are at, and how far each has come", QueueStatusSchema),
  watching("/queue/runs/{id}", "A run, with the latest that workers have told of it", RunPageSchema),
  watching("/queue/workers", "The workers, and what they have in hand", WorkersSchema),
  watching("/queue/workers/{id}", "A worker, with the latest that it has told", WorkerPageSchema),
  steering("/admin/queue/pause", "Let workers finish what they have and take no more"),
  steering("/admin/queue/resume", "Let workers take up their work again"),
];
