import Type, { type Static } from "typebox";
import { MedembedError } from "../../errors.ts";
import { modelNameOf, placeOf, type RunSpec } from "../../queue/run-spec.ts";
import type { RunState } from "../../queue/runs.ts";
import { isAlive, type WorkerState } from "../../queue/workers.ts";
import type { WatchedQueue } from "./watched-queue.ts";

const closed = { additionalProperties: false };
const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const count = (description: string) => Type.Integer({ minimum: 0, description });

const LineSchema = Type.Object(
  {
    time: Type.String({ description: "when it ended" }),
    worker: Type.String(),
    run: Type.String(),
    shard: Type.String(),
    end: Type.Enum(["settled", "split", "given back", "again", "given up", "late"]),
    attempt: Type.Integer({ minimum: 1, description: "which time it was" }),
    inputs: count("of the shard: files, or rows of a batch"),
    bytes: count("of the inputs"),
    stored: count("of the inputs"),
    known: count("of the inputs: contents that the library had"),
    failed: count("of the inputs"),
    seconds: Type.Number(),
    commitSeconds: Type.Number({ description: "of them: storing the records" }),
    version: Type.Optional(Type.Integer({ description: "of the library, with the commit" })),
    reason: Type.Optional(Type.String()),
  },
  { title: "ShardLine", description: "a time that a worker had a shard", ...closed },
);

const RUN = {
  id: Type.String(),
  kind: Type.Enum(["library", "batch"], { description: "what it fills" }),
  place: Type.String({ description: "address of the library, or the folder of the outputs" }),
  model: Type.String(),
  precision: Type.String(),
  profile: Type.String(),
  begun: Type.Number({ description: "ms since 1970" }),
  isPlanned: Type.Boolean({ description: "whether all of it is on the queue" }),
  isDrained: Type.Boolean({ description: "whether what nobody had begun was taken off the queue" }),
  deadline: Type.Optional(Type.Number({ description: "after which nothing of it is begun; ms since 1970" })),
  isLate: Type.Boolean({ description: "whether its deadline has passed" }),
  planned: count("files, or rows of a batch, that are on the queue or were"),
  stored: count("of them"),
  known: count("of them: contents that the library had"),
  failed: count("of them"),
  failures: Type.Record(Type.String(), Type.Integer(), { description: "of the failed, by code" }),
  open: count("shards that are not settled"),
  rate: Type.Number({ description: "of them a second, in the last five minutes" }),
  secondsLeft: orNull(Type.Number({ description: "at this rate; null where nobody can know" })),
};

const WORKER = {
  name: Type.String(),
  isAlive: Type.Boolean({ description: "whether it has given a sign of life lately" }),
  silentMs: count("ms since the last sign"),
  begun: Type.Number({ description: "ms since 1970" }),
  inHand: Type.Array(
    Type.Object({ run: Type.String(), shard: Type.String(), inputs: Type.Integer(), since: Type.Number() }, closed),
    { description: "shards that it has, since when in ms since 1970" },
  ),
  settled: count("shards"),
  stored: count("inputs of them"),
  known: count("inputs of them"),
  failed: count("inputs of them"),
  unsettled: count("times that it had a shard and did not settle it"),
};

const lines = Type.Array(LineSchema, { description: "the latest, the newest first" });

/** Of `GET /queue/runs`. */
export const QueueStatusSchema = Type.Object(
  {
    isPaused: Type.Boolean({ description: "whether workers take no more" }),
    shards: Type.Object(
      {
        waiting: Type.Integer(),
        again: Type.Integer({ description: "failed, and tried again after a while" }),
        inWork: Type.Integer(),
        givenUp: Type.Integer({
          description:
            "the library was at fault, or the deadline has passed; `medembed queue retry` takes them up again",
        }),
      },
      { description: "of all runs", ...closed },
    ),
    workers: count("that are alive"),
    rate: Type.Number({ description: "files and rows a second, of all runs" }),
    costPerMillion: orNull(
      Type.Number({ description: "of files and rows, at this rate with these workers; null without queue.workerHour" }),
    ),
    runs: Type.Array(Type.Object(RUN, { title: "QueueRun", ...closed })),
  },
  { title: "QueueStatus", ...closed },
);

/** Of `GET /queue/runs/{id}`. */
export const RunPageSchema = Type.Object(
  {
    ...RUN,
    givenUp: Type.Record(Type.String(), Type.Integer(), { description: "shards by code, of the first hundred" }),
    lines,
  },
  { title: "QueueRunPage", ...closed },
);

/** Of `GET /queue/workers`. */
export const WorkersSchema = Type.Object(
  { workers: Type.Array(Type.Object(WORKER, { title: "QueueWorker", ...closed })) },
  { title: "QueueWorkers", ...closed },
);

/** Of `GET /queue/workers/{id}`. */
export const WorkerPageSchema = Type.Object({ ...WORKER, lines }, { title: "QueueWorkerPage", ...closed });

export type QueueStatus = Static<typeof QueueStatusSchema>;
export type QueueRun = QueueStatus["runs"][number];
export type RunPage = Static<typeof RunPageSchema>;
export type QueueWorker = Static<typeof WorkersSchema>["workers"][number];
export type WorkerPage = Static<typeof WorkerPageSchema>;

/** `GET /queue/runs`. @throws MedembedError "queue-failed" */
export function listRuns(watched: WatchedQueue): Promise<QueueStatus> {
  return watched.look(async ({ queue, runs, workers }) => {
    const [ids, shards, isPaused, all] = await Promise.all([
      runs.all(),
      queue.counts(),
      queue.isPaused(),
      workers.all(),
    ]);
    const told = await Promise.all(
      ids.map(async (id) => ({ id, spec: await runs.spec(id), state: await runs.state(id) })),
    );
    const there = told.flatMap(({ id, spec, state }) => (spec && state ? [describe(id, spec, state)] : []));
    const alive = all.filter(isAlive).length;
    const rate = there.reduce((sum, run) => sum + run.rate, 0);
    const costPerMillion = costOf(1e6, { rate, workers: alive, workerHour: watched.workerHour });
    return { isPaused, shards, workers: alive, rate, costPerMillion, runs: there };
  });
}

/** `GET /queue/runs/{id}`. @throws MedembedError "no-route", "queue-failed" */
export function describeRun(watched: WatchedQueue, id: string): Promise<RunPage> {
  return watched.look(async ({ queue, runs, workers }) => {
    const [spec, state] = await Promise.all([runs.spec(id), runs.state(id)]);
    if (!spec || !state) throw new MedembedError("no-route", "there is no such run: it is over, or was never begun");
    const [givenUp, lines] = await Promise.all([queue.faultsOf(id), workers.linesOfRun(id)]);
    return { ...describe(id, spec, state), givenUp, lines: [...lines] };
  });
}

/** `GET /queue/workers`. @throws MedembedError "queue-failed" */
export function listWorkers(watched: WatchedQueue): Promise<Static<typeof WorkersSchema>> {
  return watched.look(async ({ workers }) => ({ workers: (await workers.all()).map(describeState) }));
}

/** `GET /queue/workers/{id}`. @throws MedembedError "no-route", "queue-failed" */
export function describeWorker(watched: WatchedQueue, id: string): Promise<WorkerPage> {
  return watched.look(async ({ workers }) => {
    const [state, lines] = await Promise.all([workers.find(id), workers.linesOf(id)]);
    if (!state) throw new MedembedError("no-route", "there is no such worker: it has ended, or was lost an hour ago");
    return { ...describeState(state), lines: [...lines] };
  });
}

/** `POST /admin/queue/pause` and `…/resume`, for all runs. @throws MedembedError "queue-failed" */
export function setPaused(watched: WatchedQueue, isPaused: boolean): Promise<{ readonly isPaused: boolean }> {
  return watched.look(async ({ queue }) => {
    await (isPaused ? queue.pause() : queue.resume());
    return { isPaused };
  });
}

/** Nothing of what was asked for: names of folders are names of patients in some houses. */
function describe(id: string, spec: RunSpec, state: RunState): QueueRun {
  const { stored, known, failed, failures, planned, rate, isPlanned, isLate } = state;
  const left = planned - stored - known - failed;
  return {
    id,
    kind: spec.kind,
    place: placeOf(spec),
    model: modelNameOf(spec),
    precision: spec.precision,
    profile: spec.profile,
    ...state,
    failures: { ...failures } as Record<string, number>,
    secondsLeft: isPlanned && !isLate && rate > 0 ? Math.ceil(left / rate) : null,
  };
}

function describeState(state: WorkerState): QueueWorker {
  return { ...state, isAlive: isAlive(state), inHand: [...state.inHand] };
}

/** @param rate inputs a second */
function costOf(
  inputs: number,
  {
    rate,
    workers,
    workerHour,
  }: { readonly rate: number; readonly workers: number; readonly workerHour: number | undefined },
): number | null {
  if (workerHour === undefined || rate === 0) return null;
  return (inputs / rate / 3600) * workers * workerHour;
}
