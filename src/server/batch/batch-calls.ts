import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { PROFILES, parseProfile } from "../../profiles/profiles.ts";
import { schemaFault } from "../../schema-fault.ts";
import type { Caller } from "../caller.ts";
import type { Service, Tally } from "../calls/answer-call.ts";
import { needJson } from "../calls/call-options.ts";
import { parseJson } from "../calls/parse-json.ts";
import { isClassifier } from "../classifier.ts";
import type { Deployment } from "../deployment.ts";
import type { Endpoint } from "../endpoint.ts";
import { readBody } from "../read-body.ts";
import type { BatchJobs } from "./batch-jobs.ts";
import { isOpen, type Job } from "./job.ts";

/** Three names; no real request is longer. */
const MAX_BODY_BYTES = 2 ** 14;

/** The body of `POST /batch/jobs`. */
export const RequestSchema = Type.Object(
  {
    input: Type.String(),
    deployment: Type.Optional(Type.String()),
    profile: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/** What may be fetched of a finished job, by the name of the file. */
export const OUTPUTS: Readonly<Record<string, string>> = {
  "predictions.csv": "text/csv; charset=utf-8; header=absent",
  "predictions.jsonl": "application/jsonl",
  "manifest.json": "application/json",
};

interface BatchRequest {
  readonly request: IncomingMessage;
  readonly params: { readonly id: string; readonly output: string };
  readonly tally: Tally;
}

interface BatchAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object | Readable | Buffer;
}

/** One of the calls around batch jobs. @throws MedembedError for everything that is refused */
export type BatchCall = (service: Service, asked: BatchRequest) => Promise<BatchAnswer>;

/** `POST /batch/jobs` */
export const submitJob: BatchCall = async ({ keys, endpoint, jobs }, { request, tally }) => {
  const caller = keys.identify(request.headers.authorization);
  tally.key = caller.name;
  const leave = await caller.enter();
  try {
    needJson(request.headers);
    const asked = parseRequest(await receive(request, tally));
    const job = await jobs!.submit({
      input: asked.input,
      deployment: chooseDeployment(endpoint, asked.deployment, caller),
      profile: asked.profile,
      key: ownerOf(caller),
    });
    return { status: 202, headers: { location: `/batch/jobs/${job.id}` }, body: shown(job, jobs!) };
  } finally {
    leave();
  }
};

/** `GET /batch/jobs` */
export const listJobs: BatchCall = async (service, { request, tally }) => {
  const isVisible = viewOf(service, request, tally);
  const jobs = service.jobs!.all.filter(isVisible).map((job) => shown(job, service.jobs!));
  return { status: 200, body: { jobs } };
};

/** `GET /batch/jobs/{id}` */
export const showJob: BatchCall = async (service, asked) => {
  return { status: 200, body: shown(findJob(service, asked), service.jobs!) };
};

/** `DELETE /batch/jobs/{id}`: cancels what waits or runs, removes what has ended. */
export const endJob: BatchCall = async (service, asked) => {
  const { jobs } = service;
  const job = findJob(service, asked);
  if (isOpen(job)) return { status: 200, body: shown((await jobs!.cancel(job.id)) ?? job, jobs!) };
  await jobs!.remove(job.id);
  return { status: 204 };
};

/** `GET /batch/jobs/{id}/{output}` */
export const sendOutput: BatchCall = async (service, asked) => {
  const { id, state } = findJob(service, asked);
  const { output } = asked.params;
  if (!Object.hasOwn(OUTPUTS, output)) {
    throw new MedembedError("no-route", `a job has ${Object.keys(OUTPUTS).join(", ")}`);
  }
  if (state !== "finished")
    throw new MedembedError("no-route", `the job is ${state}; outputs are there once it is finished`);
  const file = await open(join(service.jobs!.pathOf(id), output)).catch(() => undefined);
  if (!file) throw new MedembedError("no-route", "the output is no longer there");
  const { size } = await file.stat();
  const headers = { "content-type": OUTPUTS[output], "content-length": size };
  return { status: 200, headers, body: size > 0 ? streamOf(file, size) : await closed(file) };
};

/** Whoever may see a job, the owner or the admin, finds it; to others it is not there. */
function findJob(service: Service, { request, params, tally }: BatchRequest): Job {
  const isVisible = viewOf(service, request, tally);
  const job = service.jobs!.get(params.id);
  if (!job || !isVisible(job)) throw new MedembedError("no-route", "there is no such job");
  return job;
}

/** @returns whether the caller may see a job @throws MedembedError "unauthorised" */
function viewOf({ keys }: Service, { headers }: IncomingMessage, tally: Tally): (job: Job) => boolean {
  if (keys.isAdmin(headers.authorization)) return () => true;
  const caller = keys.identify(headers.authorization);
  tally.key = caller.name;
  return ({ key }) => key === ownerOf(caller);
}

/** The two keys without a name are of the same people, who pass from one to the other when they rotate. */
function ownerOf({ name }: Caller): string | undefined {
  return name === "secondary" ? "primary" : name;
}

function shown(job: Job, jobs: BatchJobs) {
  return { ...job, progress: { ...job.progress, ...jobs.paceOf(job) } };
}

async function receive(request: IncomingMessage, tally: Tally): Promise<Uint8Array> {
  const { signal } = new AbortController(); // how long a request may take to arrive bounds it
  const reserve = (bytes: number) => {
    tally.bytes += bytes;
  };
  return readBody(request, { maxBytes: MAX_BODY_BYTES, signal, reserve });
}

function parseRequest(body: Uint8Array): Static<typeof RequestSchema> {
  const value = parseJson(body);
  const fault = schemaFault(RequestSchema, value);
  if (fault) {
    const place = Object.hasOwn(RequestSchema.properties, fault.path[0] ?? "") ? fault.path[0] : "the body";
    throw new MedembedError("invalid-request", `${place} ${fault.reason}; input, deployment and profile are known`);
  }
  const request = value as Static<typeof RequestSchema>;
  if (request.profile !== undefined) checkProfile(request.profile);
  return request;
}

function checkProfile(profile: string): void {
  try {
    parseProfile(profile);
  } catch (cause) {
    const known = Object.keys(PROFILES).join(", ");
    throw new MedembedError("invalid-request", `profile must be one of ${known}, with options it has`, { cause });
  }
}

/** Traffic decides nothing here: asked twice, it would be another job. Classifiers are in nobody's way. */
function chooseDeployment(
  endpoint: Endpoint,
  wanted: string | undefined,
  { deployments: allowed }: Caller,
): Deployment {
  if (wanted !== undefined) return endpoint.route(wanted, allowed);
  const candidates = endpoint.deployments.filter(({ name }) => allowed?.includes(name) ?? true);
  const [sole, ...others] = candidates.filter(({ config }) => candidates.length === 1 || !isClassifier(config));
  if (sole && others.length === 0) return sole;
  throw new MedembedError("invalid-request", `deployment must be named: there are ${candidates.length} to choose from`);
}

/** As long as it was when it was opened. */
function streamOf(file: FileHandle, size: number): Readable {
  return file.createReadStream({ end: size - 1 });
}

async function closed(file: FileHandle): Promise<Buffer> {
  await file.close();
  return Buffer.alloc(0);
}
