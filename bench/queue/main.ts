/**
 * Measures runs of many machines, on one: how long it takes to plan, what the queue costs beside the embedding, what a second worker
 * brings, and what it costs to write into one library with others. Kills fifty workers and checks what they leave behind, and adds a
 * hundred thousand files of which a thousand are no pictures. Needs
 * redis-server and, for workers of one core each, Linux.
 *
 *     npm run bench:queue -- [--only plan,overhead,workers,commits,kills,poison] [--jobs 100000] [--pictures 2000] [--kills 50] [--poisoned 100000] [--json FILE]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RedisServer } from "../../test/redis/redis-server.ts";
import { build } from "../child.ts";
import { describeRun } from "../machine.ts";
import { measureCommits } from "./commits.ts";
import { measureKills } from "./kills.ts";
import { measureOverhead } from "./overhead.ts";
import { measurePlanning } from "./planning.ts";
import { measurePoison } from "./poison.ts";
import { measureWorkers } from "./workers.ts";

/** What each part is given; all in a folder of its own. */
export interface QueueBench {
  readonly folder: string;
  readonly server: RedisServer;
  readonly jobs: number;
  readonly pictures: number;
  readonly kills: number;
  /** Files of which every hundredth is no picture. */
  readonly poisoned: number;
}

const PARTS: Readonly<Record<string, (bench: QueueBench) => Promise<Readonly<Record<string, number>>>>> = {
  plan: measurePlanning,
  overhead: measureOverhead,
  workers: measureWorkers,
  commits: measureCommits,
  kills: measureKills,
  poison: measurePoison,
};

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(PARTS).join() },
    jobs: { type: "string", default: "100000" },
    pictures: { type: "string", default: "2000" },
    kills: { type: "string", default: "50" },
    poisoned: { type: "string", default: "100000" },
    json: { type: "string" },
  },
});
const about = describeRun("bench:queue", process.argv.slice(2));
const root = await mkdtemp(join(tmpdir(), "medembed-bench-"));
const { jobs, pictures, kills, poisoned } = options;
const numbers = { jobs: Number(jobs), pictures: Number(pictures), kills: Number(kills), poisoned: Number(poisoned) };
const results: Record<string, unknown> = { ...about };
const server = await RedisServer.startIn(root);
try {
  await build();
  for (const name of options.only.split(",")) {
    const folder = join(root, `part-${name}`);
    const found = await PARTS[name]({ folder, server, ...numbers });
    for (const [key, value] of Object.entries(found)) console.log(`${key.padEnd(32)}${Number(value.toPrecision(4))}`);
    Object.assign(results, found);
  }
  if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await server.stop();
  await rm(root, { recursive: true, force: true });
}
