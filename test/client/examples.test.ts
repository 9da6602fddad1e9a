import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { Embedder } from "../../src/embedder.ts";
import { temporaryFolder } from "../golden-small.ts";
import { serve } from "../server/serving.ts";

const ROOT = join(import.meta.dirname, "../..");

test("the example classifies pictures through our endpoint, and tells of a file that is none", async () => {
  const embedder = await Embedder.open({ cacheFolder: await temporaryFolder() });
  after(() => embedder.close());
  const { app } = await serve(embedder, { keys: ["a-key"] });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const fromSource = new URL("from-source.mjs", import.meta.url).href;
  const pictures = [
    "examples/images/ct-head.png",
    "examples/images/labels.json",
    "examples/images/ultrasound-heart.png",
  ];
  const child = spawn(
    process.execPath,
    ["--import", fromSource, "examples/client.mjs", `http://127.0.0.1:${port}`, ...pictures],
    { cwd: ROOT, env: { ...process.env, MEDEMBED_KEY: "a-key" } },
  );
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.equal(code, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, pictures.length);
  assert.match(lines[0], /^examples\/images\/ct-head\.png: computed tomography head \(\d+ %\)$/);
  assert.match(lines[1], /^examples\/images\/labels\.json: failed: row 1, image: .*\(image_undecodable\)$/);
  assert.match(lines[2], /^examples\/images\/ultrasound-heart\.png: ultrasound \(\d+ %\)$/);
});
