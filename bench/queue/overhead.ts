import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { Embedder } from "../../src/embedder.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { oneByOne } from "../../src/in-parallel.ts";
import { addFiles } from "../../src/library/add-files.ts";
import { Library } from "../../src/library/library.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { addByQueue } from "../../src/queue/add-by-queue.ts";
import { LibraryWork } from "../../src/queue/library-work.ts";
import { asTheyAre } from "../../src/queue/plan-run.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { connectRedis } from "../../src/redis/redis.ts";
import { writePictures as writeSmallPictures } from "../../test/queue/kill-workers.ts";
import { EXAMPLES, picturesIn, writePictures } from "../inputs.ts";
import type { QueueBench } from "./main.ts";

const ROUNDS = 3;
const LEASE_MS = 30_000;

/** Pictures of 512x512 no two of which are alike. */
const MOST_USUAL = 1_000;

/** Of pictures of 512x512, and of 16x16, which hardly have to be read. */
export async function measureOverhead({ folder, server, pictures }: QueueBench) {
  const usual = await writePictures(await picturesIn(EXAMPLES), join(folder, "usual"), Math.min(MOST_USUAL, pictures));
  const small = [...(await writeSmallPictures(join(folder, "small"), pictures)).keys()];
  return {
    ...(await compare(usual, { folder: join(folder, "of-usual"), server })),
    ...Object.fromEntries(
      Object.entries(await compare(small, { folder: join(folder, "of-small"), server })).map(([name, value]) => [
        `${name}OfSmall`,
        value,
      ]),
    ),
  };
}

/**
 * The same pictures with the default model on one thread, into a new library each time, by turns without a queue and with one: from the first
 * picture to the last commit, with everything in this process. The medians are compared.
 */
async function compare(paths: readonly string[], { folder, server }: Pick<QueueBench, "folder" | "server">) {
  const pictures = paths.length;
  const embedder = await Embedder.open({ threads: 1 });
  const adding = sourceEmbedder(embedder, { plane: "acquired", slices: "all", aggregate: "mean" });
  const identify = keyedHash(new Uint8Array(32));
  const head = { ...spaceOf(adding), identities: identitiesOf(identify) };
  await embedder.embedText("chest"); // the engine is there before the clock runs

  const addAlone = async (uri: string) => {
    const library = await Library.openOrCreate({ uri }, head);
    const cpu = process.cpuUsage();
    const started = performance.now();
    for await (const { outcome } of addFiles(library, adding, oneByOne(paths.map((path) => ({ path }))), {
      identify,
    })) {
      if (outcome !== "stored") throw new Error(outcome);
    }
    await library.close();
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: cpuSecondsSince(cpu) };
  };
  const addQueued = async (uri: string) => {
    const redis = await connectRedis(server.address, { note: console.error });
    let last = 0;
    const openEngine = async () => ({ adding, identify, close: async () => {} });
    const worker = new ShardWorker({
      redis,
      work: { library: new LibraryWork({ redis, openEngine }) },
      leaseMs: LEASE_MS,
      onShard: () => {
        last = performance.now();
      },
    });
    const { profile, card } = embedder;
    const cpu = process.cpuUsage();
    const started = performance.now();
    const counts = await addByQueue({
      redis,
      spec: {
        kind: "library",
        library: uri,
        head,
        model: card.name,
        precision: card.precision,
        profile,
        volumes: {},
        labels: {},
        paths: [uri],
      },
      list: () => asTheyAre(oneByOne(paths.map((path) => ({ path })))),
      manifest: `${uri}.jsonl`,
      size: { inputs: 100, bytes: 2 ** 26 },
      priority: "normal",
      onState: () => {},
      note: console.error,
      signal: new AbortController().signal,
    });
    if (counts?.stored !== pictures) throw new Error(JSON.stringify(counts));
    const cpuSeconds = cpuSecondsSince(cpu);
    await worker.stop();
    redis.disconnect();
    return { seconds: (last - started) / 1000, cpuSeconds };
  };
  await addAlone(join(folder, "warm"));
  const alone: Taken[] = [];
  const queued: Taken[] = [];
  let longestDelayMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await addAlone(join(folder, `alone-${round}`)));
    const delay = monitorEventLoopDelay({ resolution: 5 }); // one that is enabled again counts the time between, too
    delay.enable();
    queued.push(await addQueued(join(folder, `queued-${round}`)));
    delay.disable();
    longestDelayMs = Math.max(longestDelayMs, delay.max / 1e6);
  }
  await embedder.close();
  return {
    overheadPictures: pictures,
    aloneMsAPicture: (median(alone, "seconds") / pictures) * 1000,
    queuedMsAPicture: (median(queued, "seconds") / pictures) * 1000,
    overheadPercent: (median(queued, "seconds") / median(alone, "seconds") - 1) * 100,
    overheadCpuPercent: (median(queued, "cpuSeconds") / median(alone, "cpuSeconds") - 1) * 100,
    /** The event loop renews the lease: far below its length, or shards are lost to others. */
    queuedEventLoopDelayMsMax: longestDelayMs,
  };
}

interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function median(taken: readonly Taken[], of: keyof Taken): number {
  return taken.map((one) => one[of]).toSorted((a, b) => a - b)[taken.length >> 1];
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
