import { type ChildProcess, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { Library } from "../../src/library/library.ts";
import { writePng } from "../../src/profiles/recipes/write-png.ts";

/** Longer than a worker's turn, so that a kill falls into whatever it does. */
const LONGEST_WAIT_MS = 1_500;
const WORKERS = 2;
/** Of so many pictures one cannot be read. */
const BROKEN_EACH = 100;

export interface KillSettings {
  /** For everything; there must be none yet. */
  readonly folder: string;
  /** The command line, up to its first argument. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Of model and key, for workers and `library add`. */
  readonly common: readonly string[];
  readonly queue: string;
  readonly pictures: number;
  /** Workers that are killed while the run goes on. */
  readonly kills: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface KillReport {
  readonly kills: number;
  readonly seconds: number;
  /** Times that workers had a shard, and of them those that came to a shard's end. */
  readonly deliveries: number;
  readonly settled: number;
}

/**
 * Has two workers fill a library, kills one or the other at moments that chance chooses and puts another in its place, and checks the
 * manifest by the files and by the library.
 * @throws Error for whatever is missing, there twice, or not as it should be
 */
export async function killWorkers(settings: KillSettings): Promise<KillReport> {
  const { folder, command, common, queue, kills, random } = settings;
  const ids = await writePictures(join(folder, "pictures"), settings.pictures, BROKEN_EACH);
  const started = performance.now();
  const lines: { readonly end: string }[] = [];
  let killed = 0;
  let isDone = false;
  const startWorker = () => {
    const worker = start(command, ["worker", "--queue", queue, "--lease", "2", "--threads", "1", ...common]);
    const output = createInterface({ input: worker.stderr! });
    const waits = once(output, "line"); // that it waits for shards: from then on it can be told to stop
    const begun = new Promise<void>((resolve) => {
      output.on("line", (line) => {
        if (!line.startsWith("{")) return;
        lines.push(JSON.parse(line));
        resolve();
      });
    });
    return { worker, waits, begun, exited: once(worker, "exit") };
  };
  const place = ["--library", join(folder, "library"), "--manifest", join(folder, "manifest.jsonl")];
  const options = [...place, "--queue", queue, "--shard", "10", ...common];
  const add = start(command, ["library", "add", join(folder, "pictures"), ...options]);
  const added = Promise.all([once(add, "exit"), text(add.stderr!)]).finally(() => {
    isDone = true;
  });
  const survivors: ReturnType<typeof startWorker>[] = [];
  const loop = async () => {
    while (!isDone) {
      const started = startWorker();
      if (killed >= kills) {
        survivors.push(started);
        return;
      }
      const { worker, begun, exited } = started;
      killed++;
      await Promise.race([begun, added, exited]);
      await setTimeout(random() * LONGEST_WAIT_MS);
      worker.kill("SIGKILL");
      await exited;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, loop));
  const [[code], log] = await added;
  for (const { worker, waits, exited } of survivors) {
    await Promise.race([waits, exited]);
    worker.kill("SIGTERM");
    const [survived] = await exited;
    if (survived !== 0) throw new Error(`a worker that was told to stop ended with ${survived}`);
  }
  if (code !== 1) throw new Error(`library add ended with ${code}: ${log}`);
  if (killed < kills) throw new Error(`the run was over after ${killed} of ${kills} kills; take more pictures`);
  await checkManifest(folder, ids);
  const settled = lines.filter(({ end }) => end === "settled").length;
  return { kills: killed, seconds: (performance.now() - started) / 1000, deliveries: lines.length, settled };
}

/**
 * Noise, another one in each.
 * @param brokenEach of so many one breaks off
 * @returns by path, in their order, the hash of the bytes; undefined for broken ones
 */
export async function writePictures(
  folder: string,
  count: number,
  brokenEach = Number.POSITIVE_INFINITY,
): Promise<Map<string, string | undefined>> {
  await mkdir(folder, { recursive: true });
  const ids = new Map<string, string | undefined>();
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 256 }, (_, at) =>
      at < 4 ? i >> (8 * at) : ((at + 1) * (i + 3) * 7919) >> 3,
    );
    const whole = await writePng({ width: 16, height: 16, channels: 1, data });
    const isBroken = i % brokenEach === brokenEach - 1;
    const bytes = isBroken ? whole.subarray(0, whole.length >> 1) : whole;
    const path = join(folder, `${String(i).padStart(6, "0")}.png`);
    await writeFile(path, bytes);
    ids.set(path, isBroken ? undefined : hash("sha256", bytes));
  }
  return ids;
}

async function checkManifest(folder: string, ids: ReadonlyMap<string, string | undefined>): Promise<void> {
  const manifest = (await readFile(join(folder, "manifest.jsonl"), "utf8")).trimEnd().split("\n");
  const lines = manifest.map((line) => JSON.parse(line)).filter(({ path }) => path !== undefined);
  const wanted = [...ids].map(([path, id]) =>
    JSON.stringify(id ? { path, outcome: "stored", id } : { path, code: "corrupt-image" }),
  );
  const told = lines.map(({ path, outcome, id, code }) =>
    JSON.stringify(code ? { path, code } : { path, outcome, id }),
  );
  const wrong = told.filter((line, i) => line !== wanted[i]);
  if (lines.length !== ids.size || wrong.length > 0) {
    throw new Error(`${lines.length} of ${ids.size} lines, ${wrong.length} of them wrong: ${wrong[0]}`);
  }
  const library = await Library.open({ uri: join(folder, "library") });
  const there: string[] = [];
  for await (const id of library.ids()) there.push(id);
  await library.close();
  const whole = [...ids.values()].filter((id) => id !== undefined);
  const isSame = there.sort().join() === whole.sort().join();
  if (!isSame) throw new Error(`${there.length} records are not those of ${ids.size} files`);
}

function start([program, ...before]: KillSettings["command"], args: readonly string[]): ChildProcess {
  return spawn(program, [...before, ...args], { stdio: ["ignore", "ignore", "pipe"] });
}
