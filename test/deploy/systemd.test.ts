import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/commands.ts";
import { readConfig } from "../../src/server/config.ts";
import { temporaryFolder } from "../golden-small.ts";
import {
  bytesOf,
  deployFile,
  ENDS_WITHIN,
  NEEDED_MEMORY,
  REPOSITORY,
  readDeployFile,
  secondsOf,
} from "./deploy-file.ts";
import { environmentOf, readStages } from "./dockerfile.ts";

/** What `systemd-analyze security` may give in tenths, from 0, locked in, to 100. */
const MAX_EXPOSURE = 20;

const unit = readDeployFile("medembed.service");
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).error === undefined;
const skip = !hasSystemd && "needs systemd-analyze, which is part of systemd";

test("the unit starts the package's own command with options that it has", async () => {
  const [node, main, command, ...args] = setting("ExecStart").split(" ");
  const { bin } = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));
  assert.deepEqual([node, main, command], ["/usr/bin/node", bin.medembed, "serve"]);
  const known = COMMANDS.serve.options.map(({ flags }) => flags.split(" ")[0]);
  for (const flag of args.filter((arg) => arg.startsWith("--"))) assert.ok(known.includes(flag), flag);
});

test("it listens on loopback with the config that is shipped", async () => {
  const args = setting("ExecStart").split(" ");
  const host = args[args.indexOf("--host") + 1];
  const config = await readConfig(deployFile("medembed.yaml"), { host }, {}); // without a key it would be refused elsewhere
  assert.equal(config.host, "127.0.0.1");
  assert.match(readDeployFile("nginx.conf"), new RegExp(`server ${config.host}:${config.port};`));
});

test("systemd waits longer than the server takes to stop, and leaves it the memory it needs", () => {
  assert.ok(secondsOf(setting("TimeoutStopSec")) >= ENDS_WITHIN);
  assert.ok(bytesOf(setting("MemoryMax")) >= NEEDED_MEMORY);
});

test("it has the variables of the image, and its cache where it may write", () => {
  const environment = Object.fromEntries(
    settings("Environment").flatMap((line) => line.split(" ").map((pair) => pair.split("="))),
  );
  assert.deepEqual(environment, {
    ...environmentOf(readStages().at(-1)!),
    MEDEMBED_CACHE: `%C/${setting("CacheDirectory")}`,
  });
});

test("systemd finds no fault with the unit and little that it could still forbid", { skip }, async () => {
  const path = join(await temporaryFolder(), "medembed.service");
  await writeFile(path, unit.replace("/usr/bin/node", process.execPath)); // it wants the program to be there
  const verified = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
  assert.deepEqual([verified.stderr.split("\n").filter((line) => line.includes("medembed")), verified.status], [[], 0]);
  const args = ["security", "--offline=true", `--threshold=${MAX_EXPOSURE}`, "--no-pager", path];
  const assessed = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  assert.equal(assessed.status, 0, assessed.stdout.split("\n").slice(-3).join("\n"));
});

function settings(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value);
}

/** The value of what the unit sets once. */
function setting(name: string): string {
  const found = settings(name);
  assert.equal(found.length, 1, name);
  return found[0];
}
