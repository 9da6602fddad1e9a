/**
 * What 1, 10 and 100 machines do in a day, and what they run into next, from the figures in `bench/results`: rates of the engine,
 * the search and the commits, all measured on two cores. Prints a table for people; nothing is measured here.
 *
 *     npm run bench:scaling -- [--cores 16] [--picture-bytes 524288] [--storage-gbit 10] [--price-an-hour 0]
 *
 * A machine is so many of the measured cores; how nearly two workers on a core each do twice what one does is printed as well.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Results } from "./results.ts";

const MACHINES = [1, 10, 100];
const SECONDS_A_DAY = 86_400;
/** float32, 1024 of them, and the columns beside them. */
const RECORD_BYTES = 4096 + 400;
const ARCHIVE = 10_000_000;
/** Pictures a commit: shards as they are by default, and as they were measured. */
const SHARD = 100;

const { values } = parseArgs({
  options: {
    cores: { type: "string", default: "16" },
    "picture-bytes": { type: "string", default: String(512 * 512 * 2) },
    "storage-gbit": { type: "string", default: "10" },
    "price-an-hour": { type: "string", default: "0" },
  },
});
const cores = Number(values.cores);
const pictureBytes = Number(values["picture-bytes"]);
const storageBytes = (Number(values["storage-gbit"]) * 1e9) / 8;
const price = Number(values["price-an-hour"]);

const library = read<{ readonly search: { readonly records: number; readonly indexSeconds: number } }>("library");
const queue = read<{ readonly commitMsAlone: number; readonly twoWorkersTimes: number }>("queue");
/** To one library, whoever writes: one at a time, each of a hundred records. */
const commitsASecond = 1_000 / queue.commitMsAlone;
const indexHours = (library.search.indexSeconds / library.search.records) * ARCHIVE * (1 / 3_600);

console.log(
  `${cores} cores a machine, ${Math.round(pictureBytes / 1024)} KiB a picture, ${SHARD} pictures a commit, storage at ${values["storage-gbit"]} Gbit/s\n`,
);
for (const name of ["medembed-nano", "full-size"]) {
  const { model, threads, precisions } = read<Results>(name);
  const rate = Math.max(...Object.values(precisions).map((rung) => rung.imagesPerSecond.median)) * (cores / threads);
  console.log(`## ${model.name} (${name}.json)\n`);
  console.log(
    row(
      "machines",
      "pictures/s",
      "a day",
      "days for ten million",
      "from the storage, MB/s",
      "commits/s",
      "a million costs",
    ),
  );
  console.log(row(...Array<string>(7).fill("---")));
  for (const machines of MACHINES) {
    const all = rate * machines;
    const cost = ((1e6 / all) * machines * price) / 3_600;
    console.log(
      row(
        String(machines),
        digits(all),
        digits(all * SECONDS_A_DAY),
        digits(ARCHIVE / all / SECONDS_A_DAY),
        digits((all * pictureBytes) / 1e6),
        digits(all / SHARD),
        price === 0 ? "–" : digits(cost),
      ),
    );
  }
  const limits = [
    { what: "the storage", machines: storageBytes / (rate * pictureBytes) },
    { what: "the commits to one library", machines: (commitsASecond * SHARD) / rate },
  ].sort((a, b) => a.machines - b.machines);
  console.log(
    `\nBelow that the engine is the limit; then ${limits.map(({ what, machines }) => `${what} at ${digits(machines)} machines`).join(", ")}.\n`,
  );
}
console.log(
  `A library of ten million records has ${digits((ARCHIVE * RECORD_BYTES) / 1e9)} GB; at the measured rate its index is built anew in ${digits(indexHours * 60)} minutes on two cores. Two workers on a core each do ${digits(queue.twoWorkersTimes)} times what one does.`,
);

function read<Found>(name: string): Found {
  return JSON.parse(readFileSync(new URL(`./results/${name}.json`, import.meta.url), "utf8")) as Found;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en");
}
