import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DIRECT_CARD, golden, goldenImages, makeCheckpoint, temporaryFolder } from "../../golden-small.ts";
import { envelope } from "../serving.ts";
import { startFromFile } from "../start-from-file.ts";

const folder = await temporaryFolder();
const cacheFolder = join(folder, "cache");
const vectors = join(folder, "vectors");
await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
await writeFile(
  join(folder, "medembed.yaml"),
  "port: 0\ncache: { folder: vectors }\ndeployments: { default: { model: golden-small, precision: fp32, threads: 1 } }\n",
);

/** A server that reads the config above. */
async function start() {
  const { server, url } = await startFromFile(join(folder, "medembed.yaml"), cacheFolder);
  const row = [goldenImages[0].toString("base64"), golden.texts[1].text];
  const score = async () => {
    const body = JSON.stringify(envelope(["image", "text"], [row]));
    const response = await fetch(`${url}/score`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body,
    });
    assert.equal(response.status, 200);
    return response.text();
  };
  return { server, score };
}

async function filesBelow(place: string): Promise<string[]> {
  const found = await readdir(place, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function timesBelow(place: string) {
  const paths = (await filesBelow(place)).sort();
  return Promise.all(paths.map(async (path) => ({ path, writtenAt: (await stat(path)).mtimeMs })));
}

test("a server started again answers from the folder, but tests its model without it", async () => {
  const first = await start();
  await first.server.ready;
  const answer = await first.score();
  await first.server.stop();
  const kept = await timesBelow(vectors);
  assert.equal(kept.length, 2, "the image and the text of the call");

  const second = await start();
  await second.server.ready;
  assert.equal(await second.score(), answer);
  await second.server.stop();
  assert.deepEqual(await timesBelow(vectors), kept, "what is computed anew is written anew");

  const [weights] = (await filesBelow(join(cacheFolder, "bundles"))).filter((path) => path.endsWith("image.onnx.data"));
  await writeFile(weights, Buffer.alloc((await readFile(weights)).length)); // the card still names the same model
  const third = await start();
  const outcome = await third.server.ready.catch(({ code }) => code);
  await third.server.stop();
  assert.equal(outcome, "engine-failed");
});
