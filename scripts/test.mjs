// Builds, since tests of the command line start what users start, and runs the tests with node:test, on every Node from 20 up and
// every system (globs in `node --test` need a newer Node).
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { globSync } from "tinyglobby";

const isFull = process.argv.includes("--full"); // the full-size golden model: minutes, and 6 GB of temporary disk
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const pattern = isFull ? "test/full/**/*.test.ts" : "test/**/*.test.ts";
const files = named.length > 0 ? named : globSync(pattern, { ignore: isFull ? [] : ["test/full/**"] }).sort();

// A file a core, and no core left idle as node:test would have it: many tests wait for a process of their own.
const runner = ["--import", "./scripts/tsx.mjs", "--test", `--test-concurrency=${availableParallelism()}`];
const run = (args) => {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};
run(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
run(["scripts/build-web.mjs"]);
run([...runner, ...files]);
