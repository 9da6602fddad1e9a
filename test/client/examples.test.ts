import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { Embedder } from "../../src/embedder.ts";
import { temporaryFolder } from "../golden-small.ts";
import { serve, until } from "../server/serving.ts";

const ROOT = join(import.meta.dirname, "../..");
const PICTURES = [
  "examples/images/ct-head.png",
  "examples/images/labels.json",
  "examples/images/mri-brain-axial.png",
  "examples/images/fundus-normal.jpg",
  "examples/images/mri-knee.tiff",
  "examples/images/ct-chest.png",
];

const embedder = await Embedder.open({ cacheFolder: await temporaryFolder() });
after(() => embedder.close());

/** A server that is still loading. */
async function listen() {
  const serving = await serve(undefined, { keys: ["a-key"] });
  await serving.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = serving.app.server.address() as AddressInfo;
  return { serving, load: () => serving.deployment.load(async () => embedder), url: `http://127.0.0.1:${port}` };
}

async function run(command: string, args: readonly string[]): Promise<string[]> {
  const child = spawn(command, [...args, ...PICTURES], { cwd: ROOT, env: { ...process.env, MEDEMBED_KEY: "a-key" } });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split(/\r?\n/);
}

async function runInNode(): Promise<string[]> {
  const { load, url } = await listen();
  await load();
  const fromSource = new URL("from-source.mjs", import.meta.url).href;
  return run(process.execPath, ["--import", fromSource, "examples/client.mjs", url]);
}

const fromNode = await runInNode();

test("the example classifies pictures through our endpoint, and tells of a file that is none", () => {
  assert.equal(fromNode.length, PICTURES.length);
  assert.match(fromNode[0], /^examples\/images\/ct-head\.png: computed tomography head \(\d+ %\)$/);
  assert.match(fromNode[1], /^examples\/images\/labels\.json: failed: row 1, image: .*\(image_undecodable\)$/);
  assert.match(fromNode[2], /^examples\/images\/mri-brain-axial\.png: magnetic resonance imaging \(\d+ %\)$/);
});

const skip = spawnSync("python3", ["--version"]).status !== 0 && "there is no python3 on this machine";

test("the example in Python comes to the same, also where the model is still loading when it calls", {
  skip,
}, async () => {
  const { serving, load, url } = await listen();
  const running = run("python3", ["examples/client.py", `${url}/score`]);
  await until(() => serving.logged.some(({ status }) => status === 503)); // it has called once and will come again
  await load();
  const fromPython = await running;
  assert.match(fromPython[1], /^examples\/images\/labels\.json: failed: 424 \{"error":\{"code":"image_undecodable"/);
  assert.deepEqual(fromPython.toSpliced(1, 1), fromNode.toSpliced(1, 1));
  const statuses = serving.logged.filter(({ msg }) => msg === "request").map(({ status }) => status);
  const done = statuses.filter((status) => status !== 503).sort();
  assert.deepEqual(
    done,
    [...Array.from({ length: PICTURES.length }, () => 200), 424],
    "the prompts, and each picture once",
  );
});
