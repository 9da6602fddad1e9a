/**
 * Adds many pictures to a library, with the command as users run it: the rate, the resident memory early and late, what the second run
 * costs, and what adding takes longer than embedding alone. Fails when a picture is missing, out of order or under another id than the
 * hash of its bytes. Needs Linux (/proc).
 *
 *     npm run bench:bulk -- [--pictures 100000] [--threads 2] [--json FILE]
 */
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { writePng } from "../../src/profiles/recipes/write-png.ts";
import { build, PROGRAM } from "../child.ts";
import { describeRun } from "../machine.ts";
import { mulberry32 } from "./clustered-vectors.ts";

/** Small files: reading them is little beside embedding, and a hundred thousand take no room. */
const SIDE = 16;
const PICTURES_A_FOLDER = 1_000;
/** Of the pictures, at whose end memory is looked at for the first time, and which are embedded alone. */
const EARLY_SHARE = 0.1;
const MIB = 2 ** 20;

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: "100000" },
    threads: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
const count = Number(options.pictures);
const early = Math.max(1, Math.round(count * EARLY_SHARE));
const about = describeRun("bench:bulk", process.argv.slice(2));
const folder = await mkdtemp(join(tmpdir(), "medembed-bench-"));
try {
  await build();
  const ids = await writePictures(join(folder, "pictures"), count);
  const engine = ["--threads", options.threads];
  const place = ["--library", join(folder, "library"), "--key", join(folder, "identities.key")];
  const add = ["library", "add", join(folder, "pictures"), ...place, ...engine, "--json"];
  await secondsOf(["embed", "--text", "chest", ...engine]); // builds the model, if need be

  const first = await follow(add, (i, { outcome, id }) => {
    if (outcome !== "stored" || id !== ids[i]) throw new Error(`picture ${i} was ${outcome}, its id ${id}`);
  });
  const again = await follow(add, (i, { outcome }) => {
    if (outcome !== "known") throw new Error(`picture ${i} was ${outcome} the second time`);
  });
  const some = Array.from({ length: Math.ceil(early / PICTURES_A_FOLDER) }, (_, i) => folderOf(i));
  const embedded = Math.min(count, some.length * PICTURES_A_FOLDER);
  const embedSeconds = await secondsOf(["embed", ...some, "--out", join(folder, "vectors.npy"), ...engine]);

  const results = {
    ...about,
    pictures: count,
    addSeconds: first.seconds,
    picturesASecond: count / first.seconds,
    picturesASecondEarly: early / first.earlySeconds,
    picturesASecondLate: (count - early) / (first.seconds - first.earlySeconds),
    residentMiBEarly: first.earlyBytes / MIB,
    residentMiBPeakEarly: first.earlyPeakBytes / MIB,
    residentMiBLate: first.lateBytes / MIB,
    residentMiBPeak: first.peakBytes / MIB,
    secondRunSeconds: again.seconds,
    secondRunMiBPeak: again.peakBytes / MIB,
    embedded,
    embedMsAPicture: (embedSeconds / embedded) * 1e3,
    addMsAPicture: (first.seconds / count) * 1e3,
    overheadPercent: (first.seconds / count / (embedSeconds / embedded) - 1) * 100,
  };
  for (const [name, value] of Object.entries(results)) {
    if (typeof value === "number") console.log(`${name.padEnd(24)}${Number(value.toFixed(2))}`);
  }
  if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Noise, another one in each file, in folders whose names run in the order of the pictures. @returns their ids */
async function writePictures(root: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const place = folderOf(Math.floor(i / PICTURES_A_FOLDER));
    if (i % PICTURES_A_FOLDER === 0) await mkdir(place, { recursive: true });
    const random = mulberry32(i);
    const data = Uint8Array.from({ length: SIDE * SIDE }, () => Math.floor(random() * 256));
    const bytes = await writePng({ width: SIDE, height: SIDE, channels: 1, data });
    await writeFile(join(place, `${String(i).padStart(9, "0")}.png`), bytes);
    ids.push(hash("sha256", bytes));
  }
  console.error(`${count} pictures in ${root}`);
  return ids;
}

function folderOf(index: number): string {
  return join(folder, "pictures", String(index).padStart(6, "0"));
}

interface Outcome {
  readonly outcome: string;
  readonly id?: string;
}

/** Runs the command and takes its lines as they come. */
async function follow(args: readonly string[], check: (index: number, outcome: Outcome) => void) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1e3;
  const child = start(args);
  const exit = once(child, "exit");
  let told = 0;
  let atEarly = { seconds: 0, ...(await memoryOf(child.pid!)) };
  let last = atEarly;
  for await (const line of createInterface({ input: child.stdout })) {
    check(told++, JSON.parse(line));
    if (told === early) atEarly = { seconds: seconds(), ...(await memoryOf(child.pid!)) };
    if (told === count) last = { seconds: seconds(), ...(await memoryOf(child.pid!)) };
  }
  const [code] = await exit;
  if (code !== 0 || told !== count) throw new Error(`${told} of ${count} pictures, exit code ${code}`);
  return {
    seconds: seconds(),
    earlySeconds: atEarly.seconds,
    earlyBytes: atEarly.bytes,
    earlyPeakBytes: atEarly.peakBytes,
    lateBytes: last.bytes,
    peakBytes: last.peakBytes,
  };
}

async function secondsOf(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = start(args);
  child.stdout.resume();
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`exit code ${code}`);
  return (performance.now() - started) / 1e3;
}

function start(args: readonly string[]) {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Resident by now, and at most so far. */
async function memoryOf(pid: number): Promise<{ readonly bytes: number; readonly peakBytes: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const of = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { bytes: of("VmRSS"), peakBytes: of("VmHWM") };
}
