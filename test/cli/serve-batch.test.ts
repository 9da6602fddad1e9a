import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { runBatch } from "../../src/batch/run-batch.ts";
import { Embedder } from "../../src/embedder.ts";
import { type Cells, outputsOf, writeInputs } from "../batch/predictions.ts";
import { makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { untilReady } from "../until-ready.ts";
import { startMedembed } from "./run.ts";

const folder = await temporaryFolder();
const model = await makeCheckpoint(join(folder, "golden-small"));
const cacheFolder = join(folder, "cache");
const ROWS = 3_000;
const inputFolder = await writeInputs(join(folder, "batch/night"), {
  "a.csv": Array.from({ length: ROWS }, (_, i): Cells => ["", `finding number ${i}`]),
});
await writeFile(
  join(folder, "medembed.yaml"),
  "port: 0\nbatch: { folder: ./batch }\ndeployments:\n  chest: { model: golden-small, precision: fp32, threads: 1 }\n",
);

/** A server as a process of its own, once it is ready. */
async function start() {
  const server = startMedembed(["serve", "--config", "medembed.yaml", "--cache", cacheFolder], { cwd: folder });
  after(() => server.kill("SIGKILL"));
  const { url } = await untilReady(server);
  const ask = async (method: string, path = "", body?: object) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(new URL(`/batch/jobs${path}`, url), {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as { id: string; state: string; progress: { rows: number } };
  };
  const rowsDone = async (id: string, atLeast: number) => {
    for (;;) {
      const job = await ask("GET", `/${id}`);
      if (job.progress.rows >= atLeast) return job;
    }
  };
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    const exit = once(server, "exit");
    server.kill(signal);
    return (await exit)[0];
  };
  return { ask, rowsDone, end };
}

test("a job outlives its server, however that ends, and gives the bytes of one that was never interrupted", async () => {
  const first = await start();
  const { id } = await first.ask("POST", "", { input: "night" });
  const outFolder = join(folder, "batch/.jobs", id);
  const stateOnDisk = async () => JSON.parse(await readFile(join(outFolder, "job.json"), "utf8")).state;
  await first.rowsDone(id, 16);
  assert.equal(await first.end("SIGTERM"), 0);
  assert.equal(await stateOnDisk(), "running");

  const second = await start();
  const { progress } = await second.rowsDone(id, 1);
  await second.rowsDone(id, progress.rows + 16); // without being asked
  await second.end("SIGKILL");
  assert.equal(await stateOnDisk(), "running");

  const third = await start();
  await third.rowsDone(id, ROWS);
  let state = "running"; // while the manifest is written
  while (state === "running") state = (await third.ask("GET", `/${id}`)).state;
  assert.equal(state, "finished");
  assert.equal(await third.end("SIGTERM"), 0);

  const { "job.json": _, ...outputs } = await outputsOf(outFolder);
  const whole = join(folder, "whole");
  const embedder = await Embedder.open({ model, precision: "fp32", threads: 1, cacheFolder });
  try {
    await runBatch({ inputFolder, outFolder: whole, embedder });
  } finally {
    await embedder.close();
  }
  const expected = await outputsOf(whole);
  assert.deepEqual(Object.keys(outputs), Object.keys(expected));
  for (const [name, text] of Object.entries(expected)) assert.ok(outputs[name] === text, name);
});
