import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { globSync } from "tinyglobby";
import { readConfig } from "../../src/server/config.ts";
import { temporaryFolder } from "../golden-small.ts";
import { untilReady } from "../until-ready.ts";
import { deployFile, REPOSITORY } from "./deploy-file.ts";
import { commandOf, copiesOf, environmentOf, lastOf, readStages, type Stage } from "./dockerfile.ts";

const run = promisify(execFile);
const stages = readStages();
const image = stages.at(-1)!;
const packageJson = JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8"));

test("every base of the image is Debian with a version of Node that the package is made for", () => {
  const oldest = Number(/^>=(\d+)/.exec(packageJson.engines.node)?.[1]);
  for (const { base } of stages) {
    const [, version] = /^node:(\d+)-[a-z]+-slim$/.exec(base) ?? [];
    assert.ok(Number(version) >= oldest, base);
  }
});

test("the image runs as a user that is not root, and gets its files by COPY alone", () => {
  assert.match(lastOf(image, "USER").join(" "), /^[1-9]\d*:[1-9]\d*$/);
  const keywords = stages.flatMap(({ steps }) => steps.map(({ keyword }) => keyword));
  assert.ok(!keywords.includes("ADD"));
});

test("the entrypoint is the package's own command, started by Node itself", () => {
  assert.deepEqual(commandOf(lastOf(image, "ENTRYPOINT")), ["node", packageJson.bin.medembed, "serve"]);
  assert.deepEqual(lastOf(image, "STOPSIGNAL"), ["SIGTERM"]);
});

test("the build context is what the image copies, and nothing else", async () => {
  const [everything, ...exceptions] = (await readFile(join(REPOSITORY, ".dockerignore"), "utf8"))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assert.equal(everything, "*");
  const copied = stages.flatMap((stage) => copiesOf(stage).filter(({ from }) => from === undefined));
  const sources = new Set(copied.flatMap(({ sources }) => sources));
  assert.deepEqual(exceptions.sort(), [...sources].map((source) => `!${source}`).sort());
});

test("what the build removes of other systems is there to be removed", () => {
  const removed = stages
    .flatMap(({ steps }) => steps)
    .filter(({ keyword, args }) => keyword === "RUN" && args[0] === "rm")
    .flatMap(({ args }) => args.filter((arg) => arg.startsWith("node_modules/")));
  assert.ok(removed.length > 0);
  for (const path of removed) assert.ok(existsSync(join(REPOSITORY, path)), path);
  const left = join(REPOSITORY, removed[0], "../linux");
  assert.ok(existsSync(left));
});

test("its config listens where the image exposes it, and only with a key", async () => {
  const config = deployFile("medembed.yaml");
  await assert.rejects(readConfig(config, {}, {}), /set MEDEMBED_KEY/);
  const { host, port, keys } = await readConfig(config, {}, { MEDEMBED_KEY: "first-key" });
  assert.deepEqual([host, keys.scoring.map(({ key }) => key)], ["0.0.0.0", ["first-key"]]);
  assert.deepEqual(lastOf(image, "EXPOSE"), [String(port)]);
});

test("what the image copies is enough to serve, and nothing but its cache is written to", async (t) => {
  const folder = await temporaryFolder();
  const roots: Record<string, string> = {};
  for (const [i, stage] of stages.entries()) {
    const root = join(folder, String(i));
    roots[stage.name ?? "image"] = root;
    await layOut(stage, root, roots);
    // The tools and libraries are those of the repository; what is built here is built anew.
    if (stage.steps.some(({ keyword, args }) => keyword === "RUN" && args.join(" ") === "npm run build")) {
      await symlink(join(REPOSITORY, "node_modules"), join(root, workFolder(stage), "node_modules"));
      await run("npm", ["run", "build"], { cwd: join(root, workFolder(stage)) });
    }
  }
  const filesOf = () => globSync("**", { cwd: roots.image, dot: true, followSymbolicLinks: false }).sort();
  const laidOut = filesOf();
  assert.ok(laidOut.includes("app/models/medembed-nano/card.json"));

  const [, ...entrypoint] = commandOf(lastOf(image, "ENTRYPOINT"));
  const args = commandOf(lastOf(image, "CMD")).map((arg) => (arg.startsWith("/") ? join(roots.image, arg) : arg));
  const { MEDEMBED_CACHE, ...environment } = environmentOf(image);
  const server = spawn(process.execPath, [...entrypoint, ...args, "--host", "127.0.0.1", "--port", "0"], {
    cwd: join(roots.image, workFolder(image)),
    env: {
      ...environment,
      HOME: join(roots.image, "root"),
      MEDEMBED_CACHE: join(roots.image, MEDEMBED_CACHE),
      MEDEMBED_KEY: "first-key",
    },
    stdio: ["ignore", "inherit", "pipe"],
  });
  t.after(() => server.kill("SIGKILL"));
  const exit = once(server, "exit");
  const { port } = (await untilReady(server)).url;
  const [node, ...checkArgs] = commandOf(lastOf(image, "HEALTHCHECK"));
  assert.equal(node, "node");
  const check = checkArgs.map((arg) => arg.replace(`:${lastOf(image, "EXPOSE")}/`, `:${port}/`));
  await run(process.execPath, check);
  server.kill(lastOf(image, "STOPSIGNAL")[0] as NodeJS.Signals);
  assert.deepEqual(await exit, [0, null]);
  await assert.rejects(run(process.execPath, check), { code: 1 });

  const written = filesOf().filter((file) => !laidOut.includes(file));
  assert.ok(written.length > 0);
  assert.deepEqual(
    written.filter((file) => !`/${file}`.startsWith(`${MEDEMBED_CACHE}/`)),
    [],
  );
});

/** Copies what a stage copies to where it would stand under a root folder. */
async function layOut(stage: Stage, root: string, roots: Readonly<Record<string, string>>): Promise<void> {
  for (const { from, sources, target } of copiesOf(stage)) {
    for (const source of sources) {
      const path = from === undefined ? join(REPOSITORY, source) : join(roots[from], source);
      const place = join(root, resolve(workFolder(stage), target));
      const isInto = target.endsWith("/") && statSync(path).isFile();
      await mkdir(join(place, isInto ? "." : ".."), { recursive: true });
      if (basename(source) === "node_modules") await symlink(path, place);
      else await cp(path, isInto ? join(place, basename(source)) : place, { recursive: true });
    }
  }
}

function workFolder(stage: Stage): string {
  return lastOf(stage, "WORKDIR")[0];
}
