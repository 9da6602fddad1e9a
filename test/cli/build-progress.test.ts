import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildProgress } from "../../src/cli/build-progress.ts";
import { openBundle } from "../../src/convert/open-bundle.ts";
import { makeCheckpoint, temporaryFolder } from "../golden-small.ts";

test("each tenth is told once", (context) => {
  const told = context.mock.method(console, "error", () => {});
  const progress = buildProgress("building");
  for (const done of [0.01, 0.02, 0.11, 0.55, 0.56, 1]) progress(done);
  assert.deepEqual(
    told.mock.calls.map((call) => call.arguments[0]),
    ["building: 0 %", "building: 10 %", "building: 50 %", "building: 100 %"],
  );
});

test("Ctrl-C ends a build and leaves nothing half-built", async (context) => {
  context.mock.method(console, "error", () => {});
  const folder = await temporaryFolder();
  const model = await makeCheckpoint(join(folder, "model"));
  const progress = buildProgress("building");
  const onBuild = (done: number) => {
    progress(done);
    if (done > 0.5) process.emit("SIGINT");
  };
  await assert.rejects(openBundle({ model, cacheFolder: join(folder, "cache"), onBuild }), { code: "cancelled" });
  assert.deepEqual(await readdir(join(folder, "cache/bundles")), []);
});

test("once the model is built, Ctrl-C is somebody else's", (context) => {
  context.mock.method(console, "error", () => {});
  const before = process.listenerCount("SIGINT");
  const progress = buildProgress("building");
  progress(0.5);
  assert.equal(process.listenerCount("SIGINT"), before + 1);
  progress(1);
  assert.equal(process.listenerCount("SIGINT"), before);
});
