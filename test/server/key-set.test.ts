import assert from "node:assert/strict";
import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { keyFileOf, readConfig } from "../../src/server/config.ts";
import { isOpenToOthers, keySetOf, readKeyFile } from "../../src/server/key-set.ts";
import { rotateKey } from "../../src/server/rotate-key.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
let files = 0;

async function file(text: string, { name = `keys-${files++}.yaml`, mode = 0o600 } = {}): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const FULL = `# of the endpoint
primary: first-key
secondary: second-key # rotate in spring
admin: admin-key
named:
  pacs: { key: pacs-key, requestsPerMinute: 600, maxPending: 8, deployments: [ a, b ] }
  guest:
    key: guest-key
    expires: 2027-03-01
`;

test("a key file has primary, secondary, admin and named keys with what they are good for", async () => {
  const path = await file(FULL);
  assert.deepEqual(keySetOf(await readKeyFile(path), {}, ["a", "b"]), {
    scoring: [
      { name: "primary", key: "first-key" },
      { name: "secondary", key: "second-key" },
      { name: "pacs", key: "pacs-key", requestsPerMinute: 600, maxPending: 8, deployments: ["a", "b"] },
      { name: "guest", key: "guest-key", expires: Date.UTC(2027, 2, 1) },
    ],
    admin: "admin-key",
  });
  const json = await file(JSON.stringify({ primary: "one" }), { name: "keys.json" });
  assert.deepEqual(keySetOf(await readKeyFile(json), {}, []), { scoring: [{ name: "primary", key: "one" }] });
});

test("keys of the environment go before those of the file", async () => {
  const environment = { MEDEMBED_KEY: "one", MEDEMBED_KEY_SECONDARY: "two", MEDEMBED_ADMIN_KEY: "three" };
  const { scoring, admin } = keySetOf(await readKeyFile(await file(FULL)), environment, ["a", "b"]);
  assert.deepEqual([scoring[0].key, scoring[1].key, scoring.length, admin], ["one", "two", 4, "three"]);
});

test("the config names a key file beside it, or has the keys itself, not both", async () => {
  await file("primary: one\nadmin: two\n", { name: "beside.yaml" });
  const config = await file("keys: { file: beside.yaml }\n");
  const { keys, keyFile } = await readConfig(config, {}, {});
  assert.deepEqual(keys, { scoring: [{ name: "primary", key: "one" }], admin: "two" });
  assert.equal(keyFile, join(folder, "beside.yaml"));
  assert.equal(await keyFileOf(config), keyFile);
  const mixed = await file("keys: { file: beside.yaml, secondary: hush }\n");
  await assert.rejects(readConfig(mixed, {}, {}), { code: "usage", message: /move keys\.secondary to the file/ });
  const inline = await file("keys: { primary: hush }\n");
  await assert.rejects(keyFileOf(inline), { code: "usage", message: /names no key file/ });
  const missing = await file("keys: { file: none.yaml }\n");
  await assert.rejects(readConfig(missing, {}, {}), { code: "usage", message: /no key file/ });
});

const BAD: readonly [yaml: string, reason: RegExp][] = [
  ["", /no key to score with/],
  ["admin: hush\n", /no key to score with/],
  ["primary: hush hush\n", /:1: primary must match/],
  ["primary: hush\nthird: hush\n", /:2: third is unknown/],
  ["primary: [\n", /no YAML/],
  ["named:\n  pacs: hush\n", /:2: named\.pacs must be object/],
  ["named:\n  pacs: { key: hush, rate: 1 }\n", /:2: named\.pacs\.rate is unknown/],
  ["named:\n  pacs:\n    key: hush\n    maxPending: 0\n", /:4: named\.pacs\.maxPending must be >= 1/],
  ["named:\n  pacs: { requestsPerMinute: 1 }\n", /named\.pacs must have required properties key/],
  ["named:\n  pacs: { key: hush, expires: soon }\n", /named\.pacs\.expires must match/],
  ["named:\n  pacs: { key: hush, expires: 2027-02-30 }\n", /expires is no date of the calendar/],
  ["named:\n  pacs: { key: hush, deployments: [c] }\n", /names c, which is no deployment/],
  ["named:\n  primary: { key: hush }\n", /the name is taken/],
  ["primary: hush\nsecondary: hush\n", /the keys primary and secondary are the same/],
  ["primary: hush\nadmin: hush\n", /the keys admin and primary are the same/],
];

for (const [yaml, reason] of BAD) {
  test(`refused: ${JSON.stringify(yaml)}`, async () => {
    const path = await file(yaml);
    const read = async () => keySetOf(await readKeyFile(path), {}, ["a"]);
    await assert.rejects(read(), (error: Error & { code: string }) => {
      assert.equal(error.code, "usage");
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    });
  });
}

test("a rotation changes one key; comments, mode and the other keys stay, and nothing is left beside the file", async () => {
  const path = await file(FULL, { name: "rotated.yaml" });
  const key = await rotateKey(path, "primary");
  assert.match(key, /^[\w-]{43}$/);
  assert.equal(await readFile(path, "utf8"), FULL.replace("first-key", key));
  for (const which of ["secondary", "admin", "pacs"]) {
    const text = await readFile(path, "utf8");
    const next = await rotateKey(path, which);
    assert.notEqual(next, key);
    const old = { secondary: "second-key", admin: "admin-key", pacs: "pacs-key" }[which]!;
    assert.equal(await readFile(path, "utf8"), text.replace(old, next));
  }
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith(".")),
    [],
  );
});

test("a key file that does not exist is made for its owner only; a key that it lacks is put in", async () => {
  const path = join(folder, "made.yaml");
  const key = await rotateKey(path, "primary");
  assert.equal(await isOpenToOthers(path), false);
  const admin = await rotateKey(path, "admin");
  assert.deepEqual(await readKeyFile(path), { primary: key, admin });
});

test("a JSON file stays JSON, a link stays a link, and a mode stays as it was", async () => {
  const path = await file('{ "primary": "one", "named": { "pacs": { "key": "two" } } }', {
    name: "j.json",
    mode: 0o640,
  });
  const link = join(folder, "link.json");
  await symlink(path, link);
  const admin = await rotateKey(link, "admin");
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), {
    primary: "one",
    named: { pacs: { key: "two" } },
    admin,
  });
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  assert.equal(await isOpenToOthers(path), true);
});

test("a broken file, an unknown name and a place that cannot be written leave the file as it was", async () => {
  const broken = await file("primary: [\n");
  await assert.rejects(rotateKey(broken, "primary"), { code: "usage", message: /no YAML/ });
  assert.equal(await readFile(broken, "utf8"), "primary: [\n");
  await assert.rejects(rotateKey(await file(FULL), "other"), {
    code: "usage",
    message: /primary, secondary, admin, pacs/,
  });
  await assert.rejects(rotateKey(join(folder, "none", "keys.yaml"), "primary"), {
    code: "write-failed",
    message: /ENOENT/,
  });
  await assert.rejects(rotateKey(join(folder, "new.yaml"), "pacs"), { code: "usage" });
});
