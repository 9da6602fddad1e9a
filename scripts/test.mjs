// Runs the tests with node:test, on every Node from 20 up and every system (globs in `node --test` need a newer Node).
import { spawnSync } from "node:child_process";
import { globSync } from "tinyglobby";

const isFull = process.argv.includes("--full"); // the full-size golden model: minutes, and 6 GB of temporary disk
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const pattern = isFull ? "test/full/**/*.test.ts" : "test/**/*.test.ts";
const files = named.length > 0 ? named : globSync(pattern, { ignore: isFull ? [] : ["test/full/**"] }).sort();

const { status } = spawnSync(process.execPath, ["--import", "./scripts/tsx.mjs", "--test", ...files], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
