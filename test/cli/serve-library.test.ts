import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { DIRECT_CARD, goldenFile, goldenImages, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { collect } from "../library/synthetic.ts";
import { untilReady } from "../until-ready.ts";
import { MEDEMBED, medembed, parseLines } from "./run.ts";

const KILLS = 3;
/** Longer than a call takes, so that a kill falls into whatever the server does. */
const LONGEST_WAIT_MS = 150;

const folder = await temporaryFolder();
const uri = join(folder, "library");
await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
await writeFile(
  join(folder, "medembed.yaml"),
  `port: 0
libraries: { lib: { uri: ./library, writable: true, key: ./identities.key } }
deployments: { chest: { model: golden-small, precision: fp32, threads: 1 } }
`,
);
const images = goldenImages.map((bytes) => bytes.toString("base64"));

/** @param through what starts it instead of the test */
async function startServer(through: readonly string[] = []) {
  const [command, ...args] = [...through, ...MEDEMBED, "serve"];
  const server = spawn(command, [...args, "--config", "medembed.yaml", "--cache", join(folder, "cache")], {
    cwd: folder,
    stdio: ["ignore", "inherit", "pipe"],
  });
  after(() => server.kill("SIGKILL"));
  const { url } = await untilReady(server, "library open");
  const post = async (path: string, body: object) => {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, await response.clone().text());
    // biome-ignore lint/suspicious/noExplicitAny: what is answered is what the tests find out
    return (await response.json()) as any;
  };
  return { server, url, post };
}

test("after kill -9 at any moment, every record that the server told as stored is there, once and whole", async () => {
  const told = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const { server, post } = await startServer();
    const exited = once(server, "exit");
    let isCondemned = false;
    const storeOn = async (who: number) => {
      for (let i = 0; ; i++) {
        const records = images.map((image, j) => ({ image, id: `${kill}.${who}.${i}.${j}` }));
        const answer = await post("/library/lib/records", { records });
        for (const { outcome, id } of answer.records) {
          assert.equal(outcome, "stored");
          told.add(id);
        }
        if (isCondemned) continue;
        isCondemned = true; // it works
        setTimeout(() => server.kill("SIGKILL"), Math.random() * LONGEST_WAIT_MS);
      }
    };
    // Each ends with the connection.
    await Promise.all([0, 1, 2].map((who) => assert.rejects(storeOn(who), TypeError)));
    assert.deepEqual(await exited, [null, "SIGKILL"]);
    const library = await Library.open({ uri });
    const records = await collect(library.vectors());
    await library.close();
    const ids = records.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "an id is there twice");
    assert.deepEqual(
      [...told].filter((id) => !ids.includes(id)),
      [],
      "what was told as stored is missing",
    );
    const pictures = new Map(records.map(({ id, vector }) => [id.split(".").at(-1), vector]));
    for (const { id, vector } of records) assert.deepEqual(vector, pictures.get(id.split(".").at(-1)));
    assert.equal(pictures.size, images.length);
  }
  assert.ok(told.size > 0);
});

test("a server that is told to stop answers the calls in work, and has what it told as stored", async () => {
  const { server, url } = await startServer();
  const exited = once(server, "exit");
  const told: string[] = [];
  const storeOn = async (who: number) => {
    for (let i = 0; ; i++) {
      const id = `stop.${who}.${i}`;
      const body = JSON.stringify({ records: [{ image: images[i % images.length], id }] });
      const headers = { "content-type": "application/json" };
      const sent = fetch(new URL("/library/lib/records", url), { method: "POST", headers, body });
      const response = await sent.catch(() => undefined); // it does not listen any more
      if (response?.status !== 200) return response?.status ?? 503;
      told.push(((await response.json()) as { records: [{ id: string }] }).records[0].id);
      if (told.length === 6) server.kill("SIGTERM");
    }
  };
  assert.deepEqual(await Promise.all([0, 1, 2].map(storeOn)), [503, 503, 503]);
  assert.deepEqual(await exited, [0, null]);
  const library = await Library.open({ uri });
  assert.deepEqual((await library.idsAmong(told)).size, told.length);
  await library.close();
});

test("a running server and the command line write to one library, and each sees what the other has stored", async () => {
  const { server, post } = await startServer();
  await post("/library/lib/records", { records: [{ image: images[0] }] });
  const added = await medembed(
    [
      "library",
      "add",
      ...[0, 1].map((i) => goldenFile(`img${i + 1}_${i === 0 ? "37x53_RGB" : "300x200_L"}.png`)),
    ].concat(
      ["--library", uri, "--model", "golden-small", "--precision", "fp32", "--key", "identities.key", "--json"],
      ["--cache", join(folder, "cache")],
    ),
    { cwd: folder },
  );
  assert.deepEqual(
    parseLines(added.stdout).map(({ outcome }) => outcome),
    ["known", "stored"],
    added.stderr,
  );
  const { matches } = await post("/library/lib/search", { image: images[1], top: 1, where: ["source^=/"] });
  assert.match(matches[0].source, /img2_300x200_L\.png$/);
  assert.ok(matches[0].score > 0.999999);
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
});

test("a server whose disk is full says so, goes on searching, and has lost nothing once there is room", {
  skip: process.platform === "win32",
}, async () => {
  const record = { image: images[2], id: "while the disk was full" };
  const limited = 'ulimit -f 0; exec "$0" "$@"'; // no file may grow
  const { server, url } = await startServer(["sh", "-c", limited]);
  const send = (path: string, body: object) =>
    fetch(new URL(path, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  assert.equal((await send("/library/lib/records", { records: [record] })).status, 500);
  const found = await send("/library/lib/search", { image: images[2], top: 1 });
  assert.equal(found.status, 200);
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);

  const again = await startServer();
  const answer = await again.post("/library/lib/records", { records: [record] });
  assert.deepEqual(answer.records, [{ outcome: "stored", id: record.id }]);
});
