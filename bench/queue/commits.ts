import { join } from "node:path";
import { Embedder } from "../../src/embedder.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { writePng } from "../../src/profiles/recipes/write-png.ts";
import type { QueueBench } from "./main.ts";

const WRITERS = 8;
const COMMITS = 20;
const RECORDS = 100;
/** Of the default model. */
const DIMENSIONS = 1024;
const HEAD = { model: "bench", weights: "ab".repeat(32), profile: "direct", dimensions: DIMENSIONS };

/**
 * Eight writers with a handle each, each of which stores a shard's records as often as there is room for between two commits of a worker
 * that embeds a hundred pictures: how much longer a commit takes than for one writer, as a share of that time. On fewer cores than
 * writers it is the cores, too, that they wait for.
 */
export async function measureCommits({ folder }: QueueBench) {
  const alone = await write(join(folder, "alone"), 1, 0);
  const secondsAShard = await embedShard();
  const crowded = await write(join(folder, "crowded"), WRITERS, secondsAShard);
  const rush = await write(join(folder, "rush"), WRITERS, 0);
  return {
    commitMsAlone: alone * 1000,
    commitMsOfEightWriters: crowded * 1000,
    commitMsOfEightWritersAtOnce: rush * 1000,
    conflictsPercentOfAShard: (Math.max(0, crowded - alone) / secondsAShard) * 100,
  };
}

/** @returns seconds that one thread takes for as many pictures of the default model */
async function embedShard(): Promise<number> {
  const embedder = await Embedder.open({ threads: 1 });
  const picture = await writePng({ width: 16, height: 16, channels: 1, data: new Uint8Array(256).fill(9) });
  await embedder.embedImage(picture);
  const started = performance.now();
  await Promise.all(Array.from({ length: RECORDS }, () => embedder.embedImage(picture)));
  const seconds = (performance.now() - started) / 1000;
  await embedder.close();
  return seconds;
}

/** @returns seconds a commit, the mean of all */
async function write(uri: string, writers: number, pauseSeconds: number): Promise<number> {
  await (await Library.openOrCreate({ uri }, HEAD)).close();
  let total = 0;
  const run = async (writer: number) => {
    const library = await Library.open({ uri });
    for (let commit = 0; commit < COMMITS; commit++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * pauseSeconds * 1000));
      const records = Array.from({ length: RECORDS }, (_, i) => recordOf(`${writer} ${commit} ${i}`));
      const started = performance.now();
      await library.insert(records);
      total += performance.now() - started;
    }
    await library.close();
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  const library = await Library.open({ uri });
  const found = await library.count();
  await library.close();
  if (found !== writers * COMMITS * RECORDS) throw new Error(`${found} records`);
  return total / 1000 / (writers * COMMITS);
}

function recordOf(id: string): StoredVector {
  const value = 1 / Math.sqrt(DIMENSIONS);
  const vector = new Float32Array(DIMENSIONS).fill(value);
  const added = "2026-01-02T03:04:05.678Z";
  return { id, source: `/archive/${id}.dcm`, added, precision: "int8", facts: {}, labels: {}, vector };
}
