import Type from "typebox";
import { OUTPUTS, RequestSchema } from "../batch/batch-calls.ts";
import { JobSchema } from "../batch/job.ts";
import { ERROR_BODY } from "./error-schema.ts";
import type { RouteDescription } from "./route-description.ts";

const tag = "Batch jobs";
const JSON_TYPE = "application/json";
const Job = Type.Intersect([JobSchema], { title: "BatchJob" });
const errors = ["unauthorised", "no-route"] as const;
const job = (description: string) => ({ description, content: { [JSON_TYPE]: { schema: Job } } });

/** Folders of CSV files; 404 unless the server's config names a folder for them. */
export const BATCH_ROUTES: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/batch/jobs",
    tag,
    summary: "Embed a folder of CSV files that lies on the server",
    description: "Asked again, it is the same job: one that waits or runs, or one that has ended and goes on.",
    needsKey: true,
    request: {
      content: {
        [JSON_TYPE]: {
          schema: RequestSchema,
          examples: {
            folder: { summary: "a folder below batch.folder", value: { input: "study", deployment: "default" } },
          },
        },
      },
    },
    answer: { ...job("The job, which waits or runs."), status: 202, headers: { location: "Where it is to be seen." } },
    errors: [
      ...errors,
      "invalid-request",
      "forbidden",
      "no-deployment",
      "unsupported-media-type",
      "too-many-pending",
      "over-quota",
      "warming-up",
      "stopping",
    ],
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/batch/jobs",
    tag,
    summary: "The jobs of this key",
    needsKey: true,
    answer: {
      description: "The oldest first; the admin key sees all.",
      content: { [JSON_TYPE]: { schema: Type.Object({ jobs: Type.Array(Job) }) } },
    },
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/batch/jobs/{id}",
    tag,
    summary: "How far a job has come",
    needsKey: true,
    answer: job("The job."),
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "delete",
    path: "/batch/jobs/{id}",
    tag,
    summary: "Cancel a job that waits or runs; remove one that has ended (204)",
    needsKey: true,
    answer: job("The job, cancelled."),
    errors,
    errorBody: ERROR_BODY,
  },
  {
    method: "get",
    path: "/batch/jobs/{id}/{output}",
    tag,
    summary: `What a finished job has made: ${Object.keys(OUTPUTS).join(", ")}`,
    needsKey: true,
    answer: {
      description: "The file.",
      content: Object.fromEntries(
        Object.values(OUTPUTS).map((mediaType) => [mediaType.split(";")[0], { schema: Type.String() }]),
      ),
    },
    errors,
    errorBody: ERROR_BODY,
  },
];
