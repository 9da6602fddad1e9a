import { join } from "node:path";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { Embedder } from "../../src/embedder.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { addFiles } from "../../src/library/add-files.ts";
import { Library } from "../../src/library/library.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { addByQueue } from "../../src/queue/add-by-queue.ts";
import { asTheyAre } from "../../src/queue/plan-run.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { connectRedis } from "../../src/redis/redis.ts";
import { writePictures } from "../../test/queue/kill-workers.ts";
import type { QueueBench } from "./main.ts";

const ROUNDS = 3;
const LEASE_MS = 30_000;

/**
 * The same pictures with the default model on one thread, into a new library each time, by turns without a queue and with one: from the first
 * picture to the last commit, with everything in this process. The medians are compared.
 */
export async function measureOverhead({ folder, server, pictures }: QueueBench) {
  const paths = [...(await writePictures(join(folder, "pictures"), pictures)).keys()];
  const embedder = await Embedder.open({ threads: 1 });
  const adding = sourceEmbedder(embedder, { plane: "acquired", slices: "all", aggregate: "mean" });
  const identify = keyedHash(new Uint8Array(32));
  const head = { ...spaceOf(adding), identities: identitiesOf(identify) };
  await embedder.embedText("chest"); // the engine is there before the clock runs

  const addAlone = async (uri: string) => {
    const library = await Library.openOrCreate({ uri }, head);
    const started = performance.now();
    for await (const { outcome } of addFiles(library, adding, each(paths.map((path) => ({ path }))), { identify })) {
      if (outcome !== "stored") throw new Error(outcome);
    }
    await library.close();
    return (performance.now() - started) / 1000;
  };
  const addQueued = async (uri: string) => {
    const redis = await connectRedis(server.address, { note: console.error });
    let last = 0;
    const worker = new ShardWorker({
      redis,
      openEngine: async () => ({ adding, identify, close: async () => {} }),
      leaseMs: LEASE_MS,
      onShard: () => {
        last = performance.now();
      },
    });
    const { profile, card } = embedder;
    const started = performance.now();
    const counts = await addByQueue({
      redis,
      spec: {
        library: uri,
        head,
        model: card.name,
        precision: card.precision,
        profile,
        volumes: {},
        labels: {},
        paths: [uri],
      },
      list: () => asTheyAre(each(paths.map((path) => ({ path })))),
      manifest: `${uri}.jsonl`,
      size: { inputs: 100, bytes: 2 ** 26 },
      priority: "normal",
      onState: () => {},
      note: console.error,
      signal: new AbortController().signal,
    });
    if (counts?.stored !== pictures) throw new Error(JSON.stringify(counts));
    await worker.stop();
    redis.disconnect();
    return (last - started) / 1000;
  };
  await addAlone(join(folder, "warm"));
  const alone: number[] = [];
  const queued: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await addAlone(join(folder, `alone-${round}`)));
    queued.push(await addQueued(join(folder, `queued-${round}`)));
  }
  await embedder.close();
  return {
    overheadPictures: pictures,
    aloneMsAPicture: (median(alone) / pictures) * 1000,
    queuedMsAPicture: (median(queued) / pictures) * 1000,
    overheadPercent: (median(queued) / median(alone) - 1) * 100,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
