import { randomUUID } from "node:crypto";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Embedder } from "../../src/embedder.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { writePng } from "../../src/profiles/recipes/write-png.ts";
import { WriteTurns } from "../../src/queue/write-turns.ts";
import { connectRedis } from "../../src/redis/redis.ts";
import { spreadOf } from "../rounds.ts";
import type { QueueBench } from "./main.ts";

const WRITERS = 8;
const COMMITS = 10;
const ROUNDS = 3;
/** As many as eight writers make: how many there were before matters less then. */
const SEED_COMMITS = WRITERS * COMMITS;
const RECORDS = 100;
/** Of the default model. */
const DIMENSIONS = 1024;
const HEAD = { model: "bench", weights: "ab".repeat(32), profile: "direct", dimensions: DIMENSIONS };

/**
 * Eight writers with a handle each, each of which stores a shard's records as often as there is room for between two commits of a worker
 * that embeds a hundred pictures: how much longer a commit takes in one library than in a library for each, as a share of that time. So
 * what they wait for each other counts, and what they wait for the cores does not. The one library has more records meanwhile; that counts.
 * They take turns, as workers do; and, to compare, they do not.
 */
export async function measureCommits({ folder, server }: QueueBench) {
  const redis = await connectRedis(server.address, { note: console.error });
  const turns = new WriteTurns(redis);
  const secondsAShard = await embedShard();
  const seed = join(folder, "seed");
  await write([seed], { commits: SEED_COMMITS, pauseSeconds: 0 });
  const copies = async (count: number) => {
    const uris = Array.from({ length: count }, (_, i) => join(folder, `copy-${i}`));
    for (const uri of uris) {
      await rm(uri, { recursive: true, force: true });
      await cp(seed, uri, { recursive: true });
    }
    return uris;
  };
  const eightTimes = ([uri]: readonly string[]) => Array.from({ length: WRITERS }, () => uri);
  const alone: number[] = [];
  const apart: number[] = [];
  const crowded: number[] = [];
  const pellmell: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const workers = { commits: COMMITS, pauseSeconds: secondsAShard, turns };
    alone.push(await write(await copies(1), workers));
    apart.push(await write(await copies(WRITERS), workers));
    crowded.push(await write(eightTimes(await copies(1)), workers));
    pellmell.push(await write(eightTimes(await copies(1)), { ...workers, turns: undefined }));
  }
  const rush = await write(eightTimes(await copies(1)), { commits: COMMITS, pauseSeconds: 0, turns });
  redis.disconnect();
  const conflicts = spreadOf(crowded.map((seconds, i) => ((seconds - apart[i]) / secondsAShard) * 100));
  const msOf = (seconds: readonly number[]) => spreadOf(seconds).median * 1000;
  return {
    commitMsAlone: msOf(alone),
    commitMsOfEightWritersApart: msOf(apart),
    commitMsOfEightWriters: msOf(crowded),
    commitMsOfEightWritersWithoutTurns: msOf(pellmell),
    commitMsOfEightWritersAtOnce: rush * 1000,
    conflictsPercentOfAShard: conflicts.median,
    conflictsPercentLeast: conflicts.min,
    conflictsPercentMost: conflicts.max,
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

interface Writing {
  /** Of each writer. */
  readonly commits: number;
  /** Between two of them, on average. */
  readonly pauseSeconds: number;
  readonly turns?: WriteTurns | undefined;
}

/** @param uris where each writer writes @returns seconds a commit, the mean of all */
async function write(uris: readonly string[], { commits, pauseSeconds, turns }: Writing): Promise<number> {
  let total = 0;
  const run = async (uri: string) => {
    const library = await Library.openOrCreate({ uri }, HEAD);
    const before = await library.count();
    for (let commit = 0; commit < commits; commit++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * pauseSeconds * 1000));
      const records = Array.from({ length: RECORDS }, () => recordOf(randomUUID()));
      const started = performance.now();
      const insert = () => library.insert(records);
      const { stored } = await (turns ? turns.take(uri, insert) : insert());
      total += performance.now() - started;
      if (stored !== RECORDS) throw new Error(`${stored} records stored`);
    }
    if ((await library.count()) < before + commits * RECORDS) throw new Error("records are lost");
    await library.close();
  };
  await Promise.all(uris.map(run));
  return total / 1000 / (uris.length * commits);
}

function recordOf(id: string): StoredVector {
  const value = 1 / Math.sqrt(DIMENSIONS);
  const vector = new Float32Array(DIMENSIONS).fill(value);
  const added = "2026-01-02T03:04:05.678Z";
  return { id, source: `/archive/${id}.dcm`, added, precision: "int8", facts: {}, labels: {}, vector };
}
