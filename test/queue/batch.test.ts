import assert from "node:assert/strict";
import { appendFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { BatchEmbedder } from "../../src/batch/embed-row.ts";
import { makerOf, runBatch } from "../../src/batch/run-batch.ts";
import { MedembedError } from "../../src/errors.ts";
import { type BatchByQueueOptions, batchByQueue } from "../../src/queue/batch-by-queue.ts";
import { BatchWork } from "../../src/queue/batch-work.ts";
import { jobId, ShardQueue } from "../../src/queue/bullmq.ts";
import { Misfit } from "../../src/queue/run-work.ts";
import { Runs } from "../../src/queue/runs.ts";
import type { ShardLine } from "../../src/queue/shard-line.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { type Cells, outputsOf, writeInputs } from "../batch/predictions.ts";
import { goldenImages, openGolden, temporaryFolder } from "../golden-small.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { startWorker } from "./start-worker.ts";

/** Short, so that what a lost worker had comes back soon. */
const LEASE_MS = 1_000;
/** Of one of the inputs below. */
const ROWS_A_SHARD = 4;

if (!isRedisInstalled) {
  test("batches on a real Redis server where one is installed", { skip: "redis-server is not" }, () => {});
} else {
  const folder = await temporaryFolder();
  const embedder = await openGolden({ folder: join(folder, "model"), threads: 2 });
  const images = goldenImages.map((bytes) => bytes.toString("base64"));
  const inputs = await writeInputs(join(folder, "inputs"), {
    "a.csv": Array.from({ length: 10 }, (_, i): Cells => [i % 4 === 0 ? images[i % 3] : "", `text ${i}`]),
    "b.csv": [],
    "c.csv": [
      [images[0], "one"],
      [Buffer.from("no picture").toString("base64"), "two"],
      ["*", "three"],
      ["", ""],
      [images[1].slice(0, 400), "cut off"],
      ["", "six"],
    ],
    "f.csv": Array.from({ length: 7 }, (_, i): Cells => ["", `more ${i}`]),
  });
  await writeFile(join(inputs, "d.csv"), 'text\ngood\n"broken\nlost\n');
  await writeFile(join(inputs, "e.csv"), "nothing\nthat is known\n");
  const ROWS = 10 + 6 + 2 + 7;
  const FAILED = 4 + 1 + 1;
  const expected = await outputsOf(await alone(inputs, "alone"));

  const server = await RedisServer.start();
  const redis = await server.connect();
  const runs = new Runs(redis);
  let places = 0;

  /** What one process makes of the inputs. @returns the folder */
  async function alone(inputFolder: string, name: string): Promise<string> {
    const outFolder = join(folder, name);
    await runBatch({ inputFolder, outFolder, embedder });
    return outFolder;
  }

  /** A batch with outputs of its own. */
  function asking(more: Partial<BatchByQueueOptions> = {}): BatchByQueueOptions {
    const maker = makerOf(embedder);
    return {
      redis,
      inputFolder: inputs,
      outFolder: join(folder, `out ${places++}`),
      engine: { maker, model: "golden-small", precision: "fp32", profile: maker.profile },
      scalingFactor: embedder.card.logitScale,
      size: { inputs: ROWS_A_SHARD, bytes: 2 ** 24 },
      priority: "normal",
      onState: () => {},
      note: () => {},
      signal: new AbortController().signal,
      firstWaitMs: 5,
      ...more,
    };
  }

  /** A worker in this process, stopped with the tests if not before. @param embedText in the place of the embedder's own */
  async function working({ embedText }: Partial<Pick<BatchEmbedder, "embedText">> = {}) {
    const texts: string[] = [];
    const spying: BatchEmbedder = {
      card: embedder.card,
      profile: embedder.profile,
      embedImage: (bytes, options) => embedder.embedImage(bytes, options),
      embedText: (text, patience) => {
        texts.push(text);
        return embedText ? embedText(text, patience) : embedder.embedText(text, patience);
      },
    };
    const work = { batch: new BatchWork(async () => ({ embedder: spying, close: async () => {} })) };
    return { texts, ...startWorker({ redis: await server.connect(), work, leaseMs: LEASE_MS }) };
  }

  /** Waits for the plan of the one run that there is. */
  async function isPlanned(): Promise<void> {
    for (;;) {
      const [run] = await runs.all();
      if (run !== undefined && (await runs.state(run))?.isPlanned) return;
      await setTimeout(5);
    }
  }

  const settledBy = (...workers: readonly { readonly lines: readonly ShardLine[] }[]) =>
    workers.flatMap(({ lines }) => lines.filter(({ end }) => end === "settled"));

  test("two workers make the outputs that one process makes, byte for byte, and nothing else is left", async () => {
    const [one, two] = [await working(), await working()];
    const failures: string[] = [];
    const options = asking({ onFailure: ({ file, row }) => failures.push(`${file} ${row}`) });
    const summary = await batchByQueue(options);
    const { run, ...counts } = summary!;
    assert.deepEqual(counts, { files: 6, rows: ROWS, failed: FAILED, earlierRows: 0, left: 0 });
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    assert.deepEqual(failures, ["c.csv 1", "c.csv 2", "c.csv 3", "c.csv 4", "d.csv 1", "e.csv undefined"]);
    assert.equal(await runs.spec(run), undefined, "nothing of the run is left in the queue");
    const shards = settledBy(one, two);
    assert.equal(shards.length, 3 + 2 + 2 + 1 + 2);
    const sum = (key: "inputs" | "stored" | "failed") => shards.reduce((total, line) => total + line[key], 0);
    assert.deepEqual([sum("inputs"), sum("stored"), sum("failed")], [ROWS + 1, ROWS - 5, FAILED]);
    assert.doesNotMatch(JSON.stringify(shards), /csv/, "no line says which files they were");

    const again = await batchByQueue(options);
    assert.deepEqual([again?.rows, again?.failed, again?.earlierRows], [ROWS, FAILED, ROWS]);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    assert.equal(settledBy(one, two).length, shards.length, "what is done is not done again");
    await Promise.all([one.stop(), two.stop()]);
  });

  test("new files behind those that are done are taken in, by either way of doing it", async () => {
    const more = join(folder, "more inputs");
    await cp(inputs, more, { recursive: true });
    const options = asking({ inputFolder: more });
    await runBatch({ inputFolder: more, outFolder: options.outFolder, embedder });
    await writeFile(join(more, "g.csv"), "text\nlate\n");
    const worker = await working();
    const summary = await batchByQueue(options);
    assert.deepEqual([summary?.rows, summary?.earlierRows], [ROWS + 1, ROWS]);
    assert.deepEqual(worker.texts, ["late"]);
    assert.deepEqual(await outputsOf(options.outFolder), await outputsOf(await alone(more, "more alone")));
    await worker.stop();
    await appendFile(join(more, "a.csv"), ",more\n");
    await assert.rejects(batchByQueue(options), { code: "usage", message: /^a\.csv is done and has changed since/ });
    assert.deepEqual(await runs.all(), [], "no run is begun that cannot be done");
  });

  test("a row on which the engine fails is tried again, taken out of its shard, and listed alone", async () => {
    const embedText: BatchEmbedder["embedText"] = async (text, patience) => {
      if (text === "text 5") throw new MedembedError("engine-failed", "it stopped");
      return embedder.embedText(text, patience);
    };
    const worker = await working({ embedText });
    const options = asking();
    const summary = await batchByQueue(options);
    assert.equal(summary?.failed, FAILED + 1);
    const found = await outputsOf(options.outFolder);
    const { failures } = JSON.parse(found["manifest.json"]);
    assert.deepEqual(failures[0], { file: "a.csv", row: 5, code: "engine-failed", message: "it stopped" });
    const without = (text: string, line: number) => text.split("\n").toSpliced(line, 1).join("\n");
    assert.equal(found["predictions.csv"], without(expected["predictions.csv"], 5));
    assert.equal(without(found["predictions.jsonl"], 5), without(expected["predictions.jsonl"], 5));
    assert.deepEqual(JSON.parse(found["predictions.jsonl"].split("\n")[5]), {
      row: 5,
      error: { code: "engine-failed", message: "it stopped" },
      file: "a.csv",
    });
    assert.equal(worker.lines.filter(({ end }) => end === "split").length, 1);
    await worker.stop();
  });

  test("a worker that is stopped keeps what it has embedded and gives back the rest, and another goes on with that", async () => {
    const { promise: isBegun, resolve: tellBegun } = withResolvers();
    const done: string[] = [];
    const first = await working({
      embedText: async (text, patience = {}) => {
        if (!/[0145]$/.test(text)) {
          await new Promise((_, reject) => {
            patience.signal!.addEventListener("abort", () =>
              reject(new MedembedError("cancelled", "the worker stops")),
            );
          });
        }
        const vector = await embedder.embedText(text, patience);
        done.push(text);
        if (done.length === 4) tellBegun();
        return vector;
      },
    });
    const texts = await writeInputs(join(folder, "texts"), {
      "a.csv": Array.from({ length: 10 }, (_, i): Cells => ["", `text ${i}`]),
    });
    const options = asking({ inputFolder: texts });
    const whole = batchByQueue(options);
    await isBegun; // the first two rows of the first two shards
    await setImmediate(); // whatever follows from that
    await first.stop();
    assert.deepEqual(
      first.lines.map(({ end, stored }) => [end, stored]),
      [
        ["given back", 0],
        ["given back", 0],
      ],
    );
    const second = await working();
    assert.equal((await whole)?.rows, 10);
    assert.deepEqual(await outputsOf(options.outFolder), await outputsOf(await alone(texts, "texts alone")));
    assert.deepEqual(second.texts.filter((text) => /^text [0-7]$/.test(text)).sort(), [
      "text 2",
      "text 3",
      "text 6",
      "text 7",
    ]);
    await second.stop();
  });

  test("shards that are delivered to two workers at once are there once", async () => {
    const { promise: mayGoOn, resolve: letGoOn } = withResolvers();
    let held = 0;
    const slow = await working({
      embedText: async (text, patience) => {
        held++;
        await mayGoOn;
        return embedder.embedText(text, patience);
      },
    });
    const options = asking();
    const done = batchByQueue(options);
    while (held < 2 * ROWS_A_SHARD) await setTimeout(5); // it has two shards, and can take no more
    const [run] = await runs.all();
    for (const shard of await runs.openShards(run)) {
      await redis.del(`medembed:shards:${jobId(run, shard)}:lock`); // as when it has given no sign of life for too long
    }
    const quick = await working();
    assert.equal((await done)?.rows, ROWS);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    letGoOn();
    await slow.stop();
    assert.equal(settledBy(quick).length, 10);
    assert.deepEqual(await outputsOf(options.outFolder), expected, "what comes too late changes nothing");
    await quick.stop();
  });

  test("who asks again after an interruption takes up the run, also in the midst of putting it together", async () => {
    const leaving = new AbortController();
    const options = asking();
    let count = 0;
    const worker = await working({
      embedText: async (text, patience) => {
        if (++count === 6) leaving.abort();
        return embedder.embedText(text, patience);
      },
    });
    assert.equal(await batchByQueue({ ...options, signal: leaving.signal }), undefined);
    const notes: string[] = [];
    const atFailure = new AbortController();
    const stopped = batchByQueue({
      ...options,
      signal: atFailure.signal,
      note: (message) => notes.push(message),
      onFailure: () => atFailure.abort(),
    });
    await assert.rejects(stopped, { code: "cancelled", message: /run the same again and it goes on/ });
    assert.match(notes.join("\n"), /^run \w+ is taken up$/m);
    assert.deepEqual((await readdir(options.outFolder)).sort(), [
      "journal.jsonl",
      "parts",
      "predictions.csv",
      "predictions.jsonl",
    ]);
    const settled = settledBy(worker).length;
    const summary = await batchByQueue(options);
    assert.deepEqual([summary?.rows, summary?.failed, summary?.earlierRows], [ROWS, FAILED, 14]);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    assert.equal(settledBy(worker).length, settled, "nothing is embedded twice");
    await worker.stop();
  });

  test("a file that is changed meanwhile ends the run; asked for again, only what is new is embedded", async () => {
    const changing = join(folder, "changing");
    await cp(inputs, changing, { recursive: true });
    const options = asking({ inputFolder: changing });
    let isChanged = false;
    const first = await working({
      embedText: async (text, patience) => {
        const isFirst = !isChanged;
        isChanged = true;
        if (isFirst) await appendFile(join(changing, "f.csv"), ",more 7\n"); // its shards are planned
        return embedder.embedText(text, patience);
      },
    });
    const queue = new ShardQueue(redis);
    after(() => queue.close());
    await queue.pause();
    const broken = batchByQueue(options);
    await isPlanned();
    await queue.resume();
    await assert.rejects(broken, { code: "usage", message: /f\.csv was changed while it was worked on; run again/ });
    await first.stop();
    const names = await readdir(options.outFolder);
    assert.deepEqual(names.sort(), ["journal.jsonl", "parts"], "no output has rows of two states");
    assert.deepEqual(await runs.all(), []);

    const second = await working();
    assert.equal((await batchByQueue(options))?.rows, ROWS + 1);
    assert.deepEqual(second.texts.sort(), ["more 4", "more 5", "more 6", "more 7"]);
    assert.deepEqual(await outputsOf(options.outFolder), await outputsOf(await alone(changing, "changed alone")));
    await second.stop();
  });

  test("rows that are no longer those that were planned are embedded by nobody", async () => {
    const changing = join(folder, "rewritten");
    await cp(inputs, changing, { recursive: true });
    const options = asking({ inputFolder: changing });
    const queue = new ShardQueue(redis);
    after(() => queue.close());
    await queue.pause();
    const broken = batchByQueue(options);
    await isPlanned();
    const content = await readFile(join(changing, "f.csv"), "utf8");
    await writeFile(join(changing, "f.csv"), content.replace("more 2", "more X"));
    const worker = await working();
    await queue.resume();
    await assert.rejects(broken, { code: "usage", message: /f\.csv was changed/ });
    const givenUp = worker.lines.filter(({ end }) => end === "given up");
    assert.deepEqual(
      givenUp.map(({ inputs, attempt, reason }) => [inputs, attempt, reason]),
      [[ROWS_A_SHARD, 1, "its rows were changed since the run was planned"]],
    );
    assert.ok(!worker.texts.includes("more X") && !worker.texts.includes("more 1"));
    assert.equal((await batchByQueue(options))?.rows, ROWS);
    assert.deepEqual(await outputsOf(options.outFolder), await outputsOf(await alone(changing, "rewritten alone")));
    await worker.stop();
  });

  test("a run that was left is ended by one of the same folder with other inputs, and its parts are taken", async () => {
    const growing = join(folder, "growing");
    await cp(inputs, growing, { recursive: true });
    const options = asking({ inputFolder: growing });
    const leaving = new AbortController();
    const left = batchByQueue({ ...options, signal: leaving.signal });
    await isPlanned();
    leaving.abort();
    assert.equal(await left, undefined);
    await writeFile(join(growing, "0.csv"), "text\nfirst\n");
    const notes: string[] = [];
    const worker = await working();
    const summary = await batchByQueue({ ...options, note: (message) => notes.push(message) });
    assert.equal(summary?.rows, ROWS + 1);
    assert.match(notes.join("\n"), /^run \w+ is ended: its inputs were others/m);
    assert.deepEqual(await outputsOf(options.outFolder), await outputsOf(await alone(growing, "grown alone")));
    assert.deepEqual(await runs.all(), []);
    await worker.stop();
  });

  test("a run that was left and that one process has done is over, without any worker", async () => {
    const options = asking();
    const leaving = new AbortController();
    const left = batchByQueue({ ...options, signal: leaving.signal });
    await isPlanned();
    leaving.abort();
    assert.equal(await left, undefined);
    await runBatch({ inputFolder: inputs, outFolder: options.outFolder, embedder });
    const summary = await batchByQueue(options);
    assert.deepEqual([summary?.rows, summary?.failed, summary?.earlierRows], [ROWS, FAILED, ROWS]);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    assert.deepEqual(await runs.all(), []);
  });

  test("a part that is gone or damaged is noticed and done again", async () => {
    const options = asking();
    const notes: string[] = [];
    const parts = join(options.outFolder, "parts");
    let isSpoilt = false;
    const worker = await working({
      embedText: async (text, patience) => {
        const names = isSpoilt ? [] : (await readdir(parts)).filter((name) => name.endsWith(".jsonl"));
        if (names.length >= 2) {
          isSpoilt = true;
          await rm(join(parts, names[0]));
          await writeFile(join(parts, names[1]), (await readFile(join(parts, names[1]), "utf8")).slice(0, -9));
        }
        return embedder.embedText(text, patience);
      },
    });
    const summary = await batchByQueue({ ...options, note: (message) => notes.push(message) });
    assert.ok(isSpoilt);
    assert.equal(summary?.rows, ROWS);
    assert.match(notes.join("\n"), /^[12] shards are not there as they were told to be; they are done again$/m);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    await worker.stop();
  });

  test("what is not begun by the deadline is left, without outputs, and the same again goes on with it", async () => {
    const options = asking({ deadline: Date.now() - 1 });
    const late = await batchByQueue(options);
    assert.deepEqual([late?.rows, late?.left], [0, ROWS + 1]); // the file without a header has no row, and is left
    assert.deepEqual((await readdir(options.outFolder)).sort(), ["journal.jsonl", "parts"]);
    const worker = await working();
    const { deadline: _, ...withoutDeadline } = options;
    assert.equal((await batchByQueue(withoutDeadline))?.left, 0);
    assert.deepEqual(await outputsOf(options.outFolder), expected);
    await worker.stop();
  });

  test("a full disk is told, and with room the same again goes on", async (context) => {
    const disk = await mountSmallDisk(join(folder, "disk"));
    if (!disk) return context.skip("no file system can be mounted here");
    try {
      const options = asking({ outFolder: join(disk.path, "out") });
      const ballast = join(disk.path, "ballast");
      const queue = new ShardQueue(redis);
      after(() => queue.close());
      await queue.pause();
      const full = batchByQueue(options);
      await isPlanned();
      await disk.fill(ballast);
      const worker = await working();
      await queue.resume();
      await assert.rejects(full, {
        code: "write-failed",
        message: /^a shard was given up: cannot write .*: ENOSPC; what/,
      });
      await rm(ballast);
      assert.equal((await batchByQueue(options))?.rows, ROWS);
      assert.deepEqual(await outputsOf(options.outFolder), expected);
      await worker.stop();
    } finally {
      disk.unmount();
    }
  });

  test("a worker that does not fit says so and leaves the shards to others", async () => {
    const { engine, ...options } = asking();
    const maker = { ...engine.maker, medembed: "9.9.9" };
    const stranger = await working();
    const leaving = new AbortController();
    const left = batchByQueue({ ...options, engine: { ...engine, maker }, signal: leaving.signal });
    await assert.rejects(stranger.broken, { message: /the run needs medembed 9\.9\.9, this worker has \d/ });
    await stranger.stop();
    leaving.abort();
    assert.equal(await left, undefined);
    for (const run of await runs.all()) await runs.end(run);

    const other = new ShardWorker({
      redis: await server.connect(),
      work: {},
      leaseMs: LEASE_MS,
      onShard: () => {},
    });
    const more = asking();
    const done = batchByQueue(more);
    await assert.rejects(other.broken, { message: /the run is a batch, which this worker does not know/ });
    await other.stop();
    const elsewhere = new BatchWork(() => assert.fail("no model is needed to see it"));
    const spec = {
      kind: "batch",
      ...engine,
      inputFolder: inputs,
      outFolder: join(folder, "nowhere"),
      size: more.size,
      inputs: "",
    } as const;
    const task = { run: "", shard: "", spec, inputs: [], signal: options.signal };
    await assert.rejects(elsewhere.process(task), (error: Misfit) => {
      return (
        error instanceof Misfit && /nowhere cannot be read: ENOENT; a run needs its folders/.test(String(error.cause))
      );
    });
    await elsewhere.close();
    const right = await working();
    assert.equal((await done)?.rows, ROWS);
    assert.deepEqual(await outputsOf(more.outFolder), expected);
    await right.stop();
  });
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers() {
  let resolve!: () => void;
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
