import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../golden-small.ts";
import { medembed } from "./run.ts";

const folder = await temporaryFolder();
await writeFile(join(folder, "medembed.yaml"), "keys: { file: keys.yaml }\n");

test("rotate prints the new key and nothing else, list never a whole one", async () => {
  const rotated = await medembed(["keys", "rotate", "--config", "medembed.yaml"], { cwd: folder });
  assert.equal(rotated.code, 0, rotated.stderr);
  const key = rotated.stdout.trim();
  assert.equal(rotated.stdout, `${key}\n`);
  assert.match(rotated.stderr, /^keys\.yaml has a new primary key; /);
  const path = join(folder, "keys.yaml");
  assert.equal(await readFile(path, "utf8"), `primary: ${key}\n`);

  await writeFile(path, `primary: ${key}\nnamed: { pacs: { key: short, requestsPerMinute: 60 } }\n`);
  const json = await medembed(["keys", "rotate", "--file", "keys.yaml", "--which", "admin", "--json"], { cwd: folder });
  const { which, file, key: admin } = JSON.parse(json.stdout);
  assert.deepEqual([which, file], ["admin", "keys.yaml"]);

  await chmod(path, 0o644);
  const list = await medembed(["keys", "list", "--file", "keys.yaml"], { cwd: folder });
  assert.equal(
    list.stdout,
    `primary  …${key.slice(-4)}\nadmin  …${admin.slice(-4)}\npacs  (short)  requestsPerMinute 60\n`,
  );
  assert.match(list.stderr, /chmod 600 keys\.yaml/);
  const listed = JSON.parse((await medembed(["keys", "list", "--file", path, "--json"])).stdout);
  assert.deepEqual(listed[2], { name: "pacs", requestsPerMinute: 60 });
});

test("an action that is none, no file, and a key that is not there are usage errors", async () => {
  for (const [args, message] of [
    [["renew", "--file", "keys.yaml"], /keys renew is unknown; known are rotate, list/],
    [["rotate"], /needs one of --config <file> and --file <file>/],
    [["list", "--file", "none.yaml"], /no key file none\.yaml/],
    [["rotate", "--file", "keys.yaml", "--which", "other"], /no key other/],
  ] as const) {
    const { code, stdout, stderr } = await medembed(["keys", ...args], { cwd: folder });
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
});
