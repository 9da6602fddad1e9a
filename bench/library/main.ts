/**
 * Measures a library: searching a hundred thousand made-up vectors in memory, on the disk and by the index, and what adding
 * pictures costs over embedding them.
 *
 *     npm run bench:library -- [--records 100000] [--queries 50] [--pictures 300] [--rounds 5] [--json FILE]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Embedder } from "../../src/embedder.ts";
import { keyedHash, newIdentityKey } from "../../src/formats/identity-key.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { build, peakMemory } from "../child.ts";
import { EXAMPLES, picturesIn, writePictures } from "../inputs.ts";
import { describeRun } from "../machine.ts";
import type { Spread } from "../rounds.ts";
import { type AddTimes, timeAdding } from "./add-times.ts";
import { type SearchTimes, timeSearches } from "./search-times.ts";

/** How many times as many pictures the larger of two measurements of memory has. */
const MEMORY_FACTOR = 4;

const { values: options } = parseArgs({
  options: {
    records: { type: "string", default: "100000" },
    queries: { type: "string", default: "50" },
    pictures: { type: "string", default: "300" },
    rounds: { type: "string", default: "5" },
    json: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const about = describeRun("bench:library", process.argv.slice(2));
const folder = await mkdtemp(join(tmpdir(), "medembed-bench-"));
const embedder = await Embedder.open();
try {
  const identify = keyedHash(newIdentityKey());
  const head = { ...spaceOf(embedder), identities: identitiesOf(identify) };
  const large = join(folder, "large");
  const effort = { caseMs: 2_000, minRounds: rounds, maxRounds: rounds, budgetMs: 0 };
  const search = await timeSearches(large, head, {
    records: Number(options.records),
    queries: Number(options.queries),
    effort,
  });
  const count = Number(options.pictures);
  const pictures = await writePictures(await picturesIn(EXAMPLES), join(folder, "pictures"), MEMORY_FACTOR * count);
  const add = await timeAdding(embedder, pictures.slice(0, count), { large, folder, head, identify, rounds });
  await build();
  const peak = (paths: readonly string[], name: string) => {
    const flags = ["--library", join(folder, name), "--key", join(folder, "identities.key")];
    return peakMemory(["library", "add", ...paths, ...flags]);
  };
  const peakMemoryBytes = {
    [count]: await peak(pictures.slice(0, count), "few"),
    [MEMORY_FACTOR * count]: await peak(pictures, "many"),
  };
  const results = { ...about, search, add, peakMemoryBytes };
  console.log(tableOf(search, add, peakMemoryBytes));
  if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await embedder.close();
  await rm(folder, { recursive: true, force: true });
}

function tableOf(search: SearchTimes, add: AddTimes, peaks: Readonly<Record<string, number>>): string {
  const rows: [label: string, shown: string][] = [
    ["records", String(search.records)],
    ["exact, in memory, ms", spread(search.ms.memory)],
    ["exact, in memory, without a patient, ms", spread(search.ms.memoryFiltered)],
    ["exact, on the disk, ms", spread(search.ms.disk)],
    ["index, ms", spread(search.ms.index)],
    ["index, without a patient, ms", spread(search.ms.indexFiltered)],
    ["recall@10 of the index", search.recallAt10.toFixed(4)],
    ["recall@10 of the index, stored records", search.recallOfRecords.toFixed(4)],
    ["reading the vectors into memory, s", search.loadSeconds.toFixed(2)],
    ["storing 1,000 more records, ms", search.lastCommitMs.toFixed(0)],
    ["compacting and building the index, s", search.indexSeconds.toFixed(1)],
    ["adding over embedding, %", spread(add.overhead, 100)],
    ["adding to the large library, %", spread(add.overheadOfLarge, 100)],
    ...Object.entries(peaks).map(([count, bytes]): [string, string] => [
      `peak memory of adding ${count} pictures, MiB`,
      (bytes / 2 ** 20).toFixed(0),
    ]),
    ["others' share of the cores meanwhile, %", spread(search.shareOfOthers, 100)],
  ];
  return rows.map(([label, shown]) => `${label.padEnd(48)}${shown}`).join("\n");
}

function spread({ median, min, max }: Spread, factor = 1): string {
  const [middle, least, most] = [median, min, max].map((value) => (value * factor).toFixed(1));
  return `${middle} (${least} - ${most})`;
}
