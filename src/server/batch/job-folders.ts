import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "../../batch/lock-folder.ts";
import { writeFailed } from "../../batch/write-failed.ts";
import { MedembedError } from "../../errors.ts";
import { readText } from "../../models/read-text.ts";
import { schemaFault } from "../../schema-fault.ts";
import { type Job, JobSchema } from "./job.ts";

/** Where the jobs lie, below the folder of inputs; no input may be named so. */
const JOBS_NAME = ".jobs";
/** Vectors tell something about patients. */
const OWNER_ONLY = 0o700;
const JOB_ID = /^[0-9a-f]{32}$/;
const JOB_NAME = "job.json";
/** No real one is longer. */
const MAX_JOB_BYTES = 2 ** 16;

/** The jobs on the disk, each a folder with its state beside its outputs. One process has them at a time. */
export class JobFolders {
  readonly #folder: string;
  readonly #unlock: () => Promise<void>;

  private constructor(folder: string, unlock: () => Promise<void>) {
    this.#folder = folder;
    this.#unlock = unlock;
  }

  /** @param folder of all inputs @throws MedembedError "usage" for one that is not there or in use; "write-failed" */
  static async open(folder: string): Promise<JobFolders> {
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
      throw new MedembedError("usage", `batch.folder: there is no folder ${folder}`);
    }
    const jobs = join(folder, JOBS_NAME);
    await mkdir(jobs, { recursive: true, mode: OWNER_ONLY }).catch((cause) => {
      throw writeFailed(jobs, cause);
    });
    return new JobFolders(jobs, await lockFolder(jobs));
  }

  /** Where the outputs of a job are. */
  pathOf(id: string): string {
    return join(this.#folder, id);
  }

  /** Every job, oldest first. @throws MedembedError "usage" for one that cannot be read */
  async readAll(): Promise<Job[]> {
    const jobs: Job[] = [];
    for (const id of (await readdir(this.#folder)).filter((name) => JOB_ID.test(name))) {
      const path = join(this.pathOf(id), JOB_NAME);
      if (await stat(path).catch(() => undefined)) jobs.push(await readJob(path, id)); // else one that was being removed
    }
    return jobs.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** There is the old state or the new one, never half of it. @throws MedembedError "write-failed" */
  async write(job: Job): Promise<void> {
    const path = join(this.pathOf(job.id), JOB_NAME);
    const beside = `${path}.part`;
    try {
      await mkdir(this.pathOf(job.id), { recursive: true });
      const file = await open(beside, "w");
      try {
        await file.writeFile(`${JSON.stringify(job, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (cause) {
      throw writeFailed(path, cause as NodeJS.ErrnoException);
    }
  }

  /** The state first: what is left of a removal that breaks off is no job. @throws MedembedError "write-failed" */
  async remove(id: string): Promise<void> {
    const folder = this.pathOf(id);
    try {
      await rm(join(folder, JOB_NAME), { force: true });
      await rm(folder, { recursive: true, force: true });
    } catch (cause) {
      throw writeFailed(folder, cause as NodeJS.ErrnoException);
    }
  }

  /** Lets another process have them. */
  close(): Promise<void> {
    return this.#unlock();
  }
}

async function readJob(path: string, id: string): Promise<Job> {
  const damaged = new MedembedError("usage", `${path} is damaged; delete its folder`);
  let job: unknown;
  try {
    job = JSON.parse(await readText(path, MAX_JOB_BYTES, "usage"));
  } catch {
    throw damaged;
  }
  if (schemaFault(JobSchema, job) || (job as Job).id !== id) throw damaged;
  return job as Job;
}
