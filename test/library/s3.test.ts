import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Library } from "../../src/library/library.ts";
import { findFaults } from "../../src/library/verify.ts";
import { medembed, parseLines } from "../cli/run.ts";
import { DIRECT_CARD, golden, goldenFile, makeCheckpoint, temporaryFolder } from "../golden-small.ts";
import { isS3ServerInstalled, startS3Server } from "./s3-server.ts";
import { collect, SPACE, storedVector, unitVector } from "./synthetic.ts";

const WRITERS = 3;
const COMMITS = 4;

if (!isS3ServerInstalled) {
  test("libraries lie on a real S3 server where one is installed", { skip: "moto_server is not" }, () => {});
} else {
  const env = await startS3Server();
  const storage = {
    endpoint: env.AWS_ENDPOINT,
    region: "us-east-1",
    allow_http: "true",
    access_key_id: "reader",
    secret_access_key: "not-to-be-told",
  };

  test("the commands add, know again, search, label and remove at an address, told by the environment", async () => {
    const folder = await temporaryFolder();
    const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
    const engine = ["--model", model, "--cache", join(folder, "cache"), "--threads", "1", "--precision", "fp32"];
    const key = ["--key", join(folder, "identities.key")];
    const pictures = golden.images.slice(0, 3).map(({ file }) => goldenFile(file));
    const at = ["--library", "s3://pictures/deep/library"];
    const run = (...args: readonly string[]) => medembed(["library", ...args, ...at], { cwd: folder, env });
    const first = await run("add", ...pictures, ...engine, ...key);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /^3 stored, 0 known, 0 failed/m);
    assert.match((await run("add", ...pictures, ...engine, ...key)).stderr, /^0 stored, 3 known, 0 failed/m);
    const { stdout } = await run("search", "--image", pictures[1], "--json", ...engine);
    const [best, ...others] = parseLines(stdout);
    assert.deepEqual([best.source, others.length], [pictures[1], 2]);
    assert.equal((await run("label", "--where", `id=${best.id}`, "--set", "site=north")).stderr, "1 changed\n");
    assert.match((await run("remove", "--where", "label.site=")).stderr, /^2 removed/);
    assert.equal((await run("compact")).code, 0);
    assert.equal((await run("verify")).stderr, "1 records, 0 with faults\n");
  });

  test("several writers at once lose nothing and double nothing", async () => {
    const uri = "s3://pictures/shared";
    await (await Library.openOrCreate({ uri, storage }, SPACE)).close();
    const ids = (commit: number) => Array.from({ length: 5 }, (_, i) => `record ${commit} ${i}`);
    const write = async (writer: number) => {
      const library = await Library.openOrCreate({ uri, storage }, SPACE);
      for (let commit = 0; commit < COMMITS; commit++) {
        // What all of them have, and what each has for itself.
        await library.insert([...ids(commit), `own ${writer} ${commit}`].map((id) => storedVector(id)));
      }
      await library.close();
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const library = await Library.open({ uri, storage });
    assert.equal(await library.count(), COMMITS * (5 + WRITERS));
    assert.deepEqual(await collect(findFaults(library)), []);
    const [{ record }] = await library.search(unitVector("own 1 2"), { count: 1 });
    assert.equal(record.id, "own 1 2");
    await library.close();
  });

  test("what is not there, and a server that cannot be reached, are told without the secret", async () => {
    const stats = async (uri: string, more = {}) =>
      medembed(["library", "stats", "--library", uri], { env: { ...env, ...more } });
    const nowhere = await stats("s3://pictures/nowhere");
    assert.deepEqual(
      [nowhere.code, nowhere.stderr],
      [1, "medembed: there is no library at s3://pictures/nowhere; adding to it makes one\n"],
    );
    const bucket = await stats("s3://none/library");
    assert.equal(
      bucket.stderr,
      "medembed: the library s3://none/library cannot be opened: the storage answers NoSuchBucket\n",
    );
    const server = await stats("s3://pictures/deep/library", { AWS_ENDPOINT: "http://127.0.0.1:1" });
    assert.match(server.stderr, /^medembed: the library s3:\S+ cannot be opened: the storage cannot be reached$/m);
    assert.deepEqual([bucket.code, server.code], [1, 1]);
    assert.doesNotMatch(server.stderr, /not-to-be-told/);
  });
}
