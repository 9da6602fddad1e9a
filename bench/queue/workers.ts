import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { writePictures } from "../../test/queue/kill-workers.ts";
import { PROGRAM } from "../child.ts";
import type { QueueBench } from "./main.ts";

/** What a worker writes of a shard. */
interface Line {
  /** When it was done, ISO 8601. */
  readonly time: string;
  readonly end: string;
  readonly inputs: number;
  readonly seconds: number;
  readonly commitSeconds: number;
}

/** Processes as users run them, each held on a core of its own, with the default model: from the first shard's begin to the last one's end. */
export async function measureWorkers({ folder, server, pictures }: QueueBench) {
  await writePictures(join(folder, "pictures"), pictures);
  const one = await rate(folder, server.url, 1, pictures);
  const two = await rate(folder, server.url, 2, pictures);
  return {
    oneWorkerPicturesASecond: one.rate,
    twoWorkersPicturesASecond: two.rate,
    twoWorkersTimes: two.rate / one.rate,
    commitMsOfOneWorker: one.commitMs,
    commitMsOfTwoWorkers: two.commitMs,
  };
}

async function rate(folder: string, url: string, count: number, pictures: number) {
  const key = ["--key", join(folder, "identities.key")];
  const lines: Line[] = [];
  const workers = Array.from({ length: count }, (_, core) => {
    const args = [PROGRAM, "worker", "--queue", url, "--threads", "1", ...key];
    const worker = spawn("taskset", ["-c", String(core), process.execPath, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    createInterface({ input: worker.stderr }).on("line", (line) => {
      if (line.startsWith("{")) lines.push(JSON.parse(line));
    });
    return worker;
  });
  const place = ["--library", join(folder, `library-${count}`), "--manifest", join(folder, `manifest-${count}.jsonl`)];
  const add = spawn(
    process.execPath,
    [PROGRAM, "library", "add", join(folder, "pictures"), ...place, "--queue", url, ...key],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const [code] = await once(add, "exit");
  await Promise.all(workers.map(stop));
  const settled = lines.filter(({ end }) => end === "settled");
  const inputs = settled.reduce((sum, line) => sum + line.inputs, 0);
  if (code !== 0 || inputs !== pictures) throw new Error(`exit code ${code}, ${inputs} of ${pictures} pictures`);
  const ends = settled.map(({ time }) => Date.parse(time) / 1000);
  const seconds = Math.max(...ends) - Math.min(...settled.map((line, i) => ends[i] - line.seconds));
  const commitMs = (settled.reduce((sum, line) => sum + line.commitSeconds, 0) / settled.length) * 1000;
  return { rate: inputs / seconds, commitMs };
}

async function stop(worker: ChildProcess): Promise<void> {
  const ended = once(worker, "exit");
  worker.kill();
  await ended;
}
