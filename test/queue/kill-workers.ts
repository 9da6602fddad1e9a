import { type ChildProcess, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { Library } from "../../src/library/library.ts";
import { writePng } from "../../src/profiles/recipes/write-png.ts";

/** Longer than a worker's turn, so that a kill falls into whatever it does. */
const LONGEST_WAIT_MS = 1_500;
const WORKERS = 2;
/** Of so many files one is no picture. */
const POISON_EACH = 100;
/** No pictures, by what they are made of one, and the code that they are listed with. */
const POISON: readonly (readonly [code: string, make: (picture: Buffer) => Uint8Array])[] = [
  ["corrupt-image", (picture) => picture.subarray(0, picture.length >> 1)],
  ["unsupported-image", () => new Uint8Array()],
  ["unsupported-image", () => Buffer.from("no picture at all")],
  ["image-too-large", forgeSize],
];
/** More than any run takes; ends one that hangs. */
const LIMIT_MS = 4 * 3_600_000;

/** What must become of a file. */
type Wanted = { readonly id: string } | { readonly code: string };

export interface KillSettings {
  /** For everything; there must be none yet. */
  readonly folder: string;
  /** The command line, up to its first argument. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Of model and key, for workers and `library add`. */
  readonly common: readonly string[];
  readonly queue: string;
  readonly pictures: number;
  /** Workers that are killed while the run goes on; may be none. */
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
  const wanted = await writePictures(join(folder, "pictures"), settings.pictures, POISON_EACH);
  const started = performance.now();
  const lines: { readonly end: string }[] = [];
  let killed = 0;
  let isDone = false;
  const children: ChildProcess[] = [];
  const start = (args: readonly string[]) => {
    const [program, ...before] = command;
    const child = spawn(program, [...before, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    children.push(child);
    return child;
  };
  const startWorker = () => {
    const worker = start(["worker", "--queue", queue, "--lease", "2", "--threads", "1", ...common]);
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
  const add = start(["library", "add", join(folder, "pictures"), ...options]);
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
  const limit = new AbortController();
  try {
    await Promise.all(Array.from({ length: WORKERS }, loop));
    const lost = survivors.map(({ exited }) => exited.then(([code]) => ({ lost: code })));
    const late = setTimeout(LIMIT_MS, { lost: "none, but too late" }, { signal: limit.signal });
    const end = await Promise.race([added, late, ...lost]);
    if ("lost" in end) throw new Error(`the run is not over, and a worker ended by itself with ${end.lost}`);
    const [[code], log] = end;
    for (const { worker, waits, exited } of survivors) {
      await Promise.race([waits, exited]);
      worker.kill("SIGTERM");
      const [survived] = await exited;
      if (survived !== 0) throw new Error(`a worker that was told to stop ended with ${survived}`);
    }
    if (code !== 1) throw new Error(`library add ended with ${code}: ${log}`);
    if (killed < kills) throw new Error(`the run was over after ${killed} of ${kills} kills; take more pictures`);
    await checkManifest(folder, wanted);
  } finally {
    limit.abort();
    for (const child of children) child.kill("SIGKILL");
  }
  const settled = lines.filter(({ end }) => end === "settled").length;
  return { kills: killed, seconds: (performance.now() - started) / 1000, deliveries: lines.length, settled };
}

/**
 * Noise, another one in each.
 * @param poisonEach of so many one is no picture
 * @returns by path, in their order, what must become of them; an id is the hash of the bytes
 */
export async function writePictures(
  folder: string,
  count: number,
  poisonEach = Number.POSITIVE_INFINITY,
): Promise<Map<string, Wanted>> {
  await mkdir(folder, { recursive: true });
  const wanted = new Map<string, Wanted>();
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 256 }, (_, at) =>
      at < 4 ? i >> (8 * at) : ((at + 1) * (i + 3) * 7919) >> 3,
    );
    const whole = await writePng({ width: 16, height: 16, channels: 1, data });
    const path = join(folder, `${String(i).padStart(6, "0")}.png`);
    const isPoison = i % poisonEach === poisonEach - 1;
    const [code, make] = POISON[Math.floor(i / poisonEach) % POISON.length];
    const bytes = isPoison ? make(Buffer.from(whole)) : whole;
    await writeFile(path, bytes);
    wanted.set(path, isPoison ? { code } : { id: hash("sha256", bytes) });
  }
  return wanted;
}

/** Says that it is of so many pixels that no memory holds them. */
function forgeSize(picture: Buffer): Uint8Array {
  const [type, width, height, end] = [12, 16, 20, 29]; // of the header, and of its checksum
  picture.writeUInt32BE(2 ** 17, width);
  picture.writeUInt32BE(2 ** 17, height);
  picture.writeUInt32BE(crc32(picture.subarray(type, end)), end);
  return picture;
}

async function checkManifest(folder: string, files: ReadonlyMap<string, Wanted>): Promise<void> {
  const manifest = (await readFile(join(folder, "manifest.jsonl"), "utf8")).trimEnd().split("\n");
  const lines = manifest.map((line) => JSON.parse(line)).filter(({ path }) => path !== undefined);
  const wanted = [...files].map(([path, file]) =>
    JSON.stringify("id" in file ? { path, outcome: "stored", id: file.id } : { path, code: file.code }),
  );
  const told = lines.map(({ path, outcome, id, code }) =>
    JSON.stringify(code ? { path, code } : { path, outcome, id }),
  );
  const wrong = told.filter((line, i) => line !== wanted[i]);
  if (lines.length !== files.size || wrong.length > 0) {
    throw new Error(`${lines.length} of ${files.size} lines, ${wrong.length} of them wrong: ${wrong[0]}`);
  }
  const library = await Library.open({ uri: join(folder, "library") });
  const there: string[] = [];
  for await (const id of library.ids()) there.push(id);
  await library.close();
  const whole = [...files.values()].flatMap((file) => ("id" in file ? [file.id] : []));
  const isSame = there.sort().join() === whole.sort().join();
  if (!isSame) throw new Error(`${there.length} records are not those of ${files.size} files`);
}
