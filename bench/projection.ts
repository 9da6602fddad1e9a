/**
 * Times maps: 20,000 vectors of 1024 in clusters, laid out on a plane in a thread, as `medembed library map` does it.
 *
 *     npm run bench:projection -- [--rows N] [--json FILE]
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { stack } from "../src/applications/matrix.ts";
import { PROJECTIONS, type ProjectionName } from "../src/applications/projection/project.ts";
import { projectInThread } from "../src/applications/projection/projection.ts";
import { ClusteredVectors } from "./library/clustered-vectors.ts";
import { describeRun } from "./machine.ts";

const DIMENSIONS = 1_024;

const { values: options } = parseArgs({ options: { rows: { type: "string" }, json: { type: "string" } } });
const rows = Number(options.rows ?? 20_000);
const clusters = new ClusteredVectors(DIMENSIONS);
const vectors = stack(Array.from({ length: rows }, () => clusters.next()));

const about = describeRun("bench:projection", []);
console.log(`${about.machine.cpu.model}, ${about.machine.cores} cores, load before ${about.machine.loadBefore}`);
const seconds: Record<string, number> = {};
for (const method of Object.keys(PROJECTIONS) as ProjectionName[]) {
  const copy = { ...vectors, values: vectors.values.slice() }; // the thread takes it
  const start = performance.now();
  await projectInThread(method, copy, 0);
  seconds[method] = (performance.now() - start) / 1_000;
  console.log(`${method}, ${rows} x ${DIMENSIONS}: ${seconds[method].toFixed(1)} s`);
}
if (options.json !== undefined) {
  await writeFile(options.json, `${JSON.stringify({ ...about, rows, dimensions: DIMENSIONS, seconds }, null, 2)}\n`);
}
