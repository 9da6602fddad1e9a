import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/commands.ts";
import { LIBRARY_COMMANDS } from "../../src/cli/library/commands.ts";
import { QUEUE_COMMANDS } from "../../src/cli/queue/commands.ts";
import { writeInputs } from "../batch/predictions.ts";
import { temporaryFolder } from "../golden-small.ts";

/** Nobody listens there. */
const NOWHERE = "redis://127.0.0.1:1";

test("what does not go with a queue is refused before anything is opened", async () => {
  const folder = await temporaryFolder();
  const add = await LIBRARY_COMMANDS.add.load();
  const options = { queue: NOWHERE, library: join(folder, "library"), key: join(folder, "identities.key") };
  const refusals: [paths: string[], options: object, message: RegExp][] = [
    [[], {}, /nothing to add: give a path or --dicomweb/],
    [["a"], { watch: true }, /--watch does not go with --queue/],
    [["a"], { study: ["1.2.3"] }, /--study and --query need --dicomweb <url>/],
    [["a"], { aggregate: "statistics" }, /--aggregate statistics is not for libraries/],
    [["a"], { queue: "http://queue" }, /looks like redis:\/\/host:6379/],
    [["a"], { library: undefined }, /name the library/],
  ];
  for (const [paths, more, message] of refusals) await assert.rejects(add(paths, { ...options, ...more }), message);
});

test("what makes no sense of a batch is refused before the queue is asked", async () => {
  const folder = await temporaryFolder();
  const inputs = await writeInputs(join(folder, "inputs"), { "a.csv": [["", "text"]] });
  const batch = await COMMANDS.batch.load();
  const refusals: [options: object, message: RegExp][] = [
    [{ out: undefined }, /--out <folder> is needed/],
    [{ shard: "1001" }, /--shard 1001 must be a whole number from 1 to 1000/],
    [{ priority: "urgent" }, /--priority urgent is unknown; it can be high, normal, low/],
    [{ deadline: "soon" }, /--deadline soon is neither a duration/],
    [{ queue: "http://queue" }, /looks like redis:\/\/host:6379/],
  ];
  for (const [more, message] of refusals) {
    await assert.rejects(batch([inputs], { queue: NOWHERE, out: join(folder, "out"), ...more }), message);
  }
  assert.deepEqual(await readdir(folder), ["inputs"]);
});

test("a queue that nobody answers at is told at once", async () => {
  for (const command of Object.values(QUEUE_COMMANDS)) {
    const run = await command.load();
    await assert.rejects(
      run([], { queue: NOWHERE }),
      /^MedembedError: the queue at redis:\/\/127\.0\.0\.1:1\/0 cannot be used: ECONNREFUSED$/,
    );
  }
});
