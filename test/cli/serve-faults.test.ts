import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { MedembedClient, type Row } from "../../src/client/index.ts";
import {
  GOLDEN_TOLERANCE,
  golden,
  goldenImages,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { untilReady } from "../until-ready.ts";
import { MEDEMBED, startMedembed } from "./run.ts";

const folder = await temporaryFolder();
await makeCheckpoint(join(folder, "golden-small")); // without a card, as the published one: profile mi2-service
await writeFile(
  join(folder, "medembed.yaml"),
  "port: 0\ncache: { folder: vectors }\ndeployments: { a: { model: golden-small, precision: fp32, threads: 1 } }\n",
);
const ARGS = ["serve", "--config", join(folder, "medembed.yaml"), "--cache", join(folder, "cache")];

const texts = golden.texts.slice(1); // the first is empty
const rows: Row[] = Array.from({ length: 40 }, (_, i) =>
  i % 2 === 0 ? { image: goldenImages[i % goldenImages.length] } : { text: texts[i % texts.length].text },
);

function assertGolden(i: number, { image, text }: { image?: Float32Array; text?: Float32Array }): void {
  const expected =
    i % 2 === 0 ? golden.images[i % goldenImages.length].service_embedding : texts[i % texts.length].embedding;
  assert.ok(largestDifference((image ?? text)!, expected) <= GOLDEN_TOLERANCE, `row ${i}`);
}

test("a server that is killed in the midst of work and started again costs a patient client nothing", async () => {
  const first = startMedembed(ARGS);
  after(() => first.kill("SIGKILL"));
  const { url } = await untilReady(first);
  let retries = 0;
  const client = new MedembedClient({ endpoint: url, retries: 20, onRetry: () => retries++ });
  const indices: number[] = [];
  for await (const { index, result, error } of client.scoreAll(rows, { batchSize: 2, parallel: 4 })) {
    assert.ok(result, error?.message);
    assertGolden(index, result);
    indices.push(index);
    if (indices.length === 10) {
      first.kill("SIGKILL");
      await once(first, "exit");
      const second = startMedembed([...ARGS, "--port", url.port]);
      after(() => second.kill("SIGKILL"));
      await untilReady(second);
    }
  }
  assert.deepEqual(indices, [...rows.keys()], "each once, none missing");
  assert.ok(retries > 0);
});

test("a server whose disk is full answers right, keeps nothing, and says so once", {
  skip: process.platform === "win32",
}, async () => {
  const config = join(folder, "full.yaml");
  await writeFile(
    config,
    "port: 0\ncache: { folder: full }\ndeployments: { a: { model: golden-small, precision: fp32, threads: 1 } }\n",
  );
  const limited = 'ulimit -f 0; exec "$0" "$@"'; // no file may grow: as on a full disk
  const server = spawn(
    "sh",
    ["-c", limited, ...MEDEMBED, "serve", "--config", config, "--cache", join(folder, "cache")],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  after(() => server.kill("SIGKILL"));
  const exit = once(server, "exit");
  const { url, logged } = await untilReady(server);
  const client = new MedembedClient({ endpoint: url, retries: 0 });
  for (const _ of ["computed", "from memory"]) {
    for (const [i, result] of (await client.score(rows)).entries()) assertGolden(i, result);
  }
  server.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
  assert.deepEqual(
    logged.filter(({ level }) => level > 30).map(({ code }) => code),
    ["EFBIG"],
  );
  const left = await readdir(join(folder, "full"), { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => entry.isFile()).map(({ name }) => name),
    [],
  );
});
