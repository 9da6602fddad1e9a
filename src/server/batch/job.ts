import { createHash } from "node:crypto";
import Type, { type Static } from "typebox";
import type { Maker } from "../../batch/journal.ts";

const JOB_STATES = ["queued", "running", "finished", "failed", "cancelled"] as const;

/** A job as it is kept on the disk and, with its pace, shown to those who may see it. */
export const JobSchema = Type.Object({
  id: Type.String({ pattern: "^[0-9a-f]{32}$" }),
  state: Type.Enum([...JOB_STATES]),
  /** A folder below the one of all inputs. */
  input: Type.String(),
  deployment: Type.String(),
  profile: Type.String(),
  /** Whose it is, by the name of the key; absent where none was needed. */
  key: Type.Optional(Type.String()),
  /** When it was first asked for, in ISO 8601. */
  createdAt: Type.String(),
  /** As `BatchProgress`. */
  progress: Type.Object({
    files: Type.Number(),
    rows: Type.Number(),
    failed: Type.Number(),
    bytes: Type.Number(),
    totalBytes: Type.Number(),
  }),
  /** Why it has failed, with one of `ERROR_CODES`. */
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});

export type Job = Static<typeof JobSchema>;

/** What a job is: the same of everything is the same job, so that asking again goes on with it. */
interface JobKind {
  readonly input: string;
  readonly deployment: string;
  readonly key: string | undefined;
  /** The model as it is now: a job never mixes vectors of two. */
  readonly maker: Maker;
}

/** The name of a job, in which nothing of what it is can be read. */
export function jobId({ input, deployment, key = "", maker }: JobKind): string {
  const facts = JSON.stringify([input, deployment, key, Object.entries(maker).sort()]);
  return createHash("sha256").update(facts).digest("hex").slice(0, 32);
}

/** Whether it is still to be done. */
export function isOpen({ state }: Job): boolean {
  return state === "queued" || state === "running";
}
