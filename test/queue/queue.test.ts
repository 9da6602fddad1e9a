import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { QUEUE_COMMANDS } from "../../src/cli/queue/commands.ts";
import { MedembedError } from "../../src/errors.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { addFiles } from "../../src/library/add-files.ts";
import type { AddingEmbedder } from "../../src/library/adding-embedder.ts";
import { Library } from "../../src/library/library.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { writePng } from "../../src/profiles/recipes/write-png.ts";
import { type AddByQueueOptions, addByQueue } from "../../src/queue/add-by-queue.ts";
import { jobId, ShardQueue } from "../../src/queue/bullmq.ts";
import { LibraryWork } from "../../src/queue/library-work.ts";
import { asTheyAre } from "../../src/queue/plan-run.ts";
import { type LibrarySpec, runId } from "../../src/queue/run-spec.ts";
import { type RunState, Runs } from "../../src/queue/runs.ts";
import type { ShardLine } from "../../src/queue/shard-line.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { Workers } from "../../src/queue/workers.ts";
import { type ManifestLine, readManifest } from "../../src/queue/write-manifest.ts";
import { openGolden, temporaryFolder } from "../golden-small.ts";
import { collect } from "../library/synthetic.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { startWorker } from "./start-worker.ts";

/** Pictures of a study, of which the last two are one content. */
const PICTURES = 24;
/** Two of them have one content. */
const ALL_ADDED = { inputs: PICTURES, stored: PICTURES - 1, known: 1, failed: 0, left: 0 };
/** Short, so that what a lost worker had comes back soon. */
const LEASE_MS = 1_000;

if (!isRedisInstalled) {
  test("runs on a real Redis server where one is installed", { skip: "redis-server is not" }, () => {});
} else {
  const folder = await temporaryFolder();
  const study = join(folder, "study");
  const paths = await writeStudy(study);
  const embedder = await openGolden({ folder: join(folder, "model"), threads: 2 });
  const adding = sourceEmbedder(embedder, { plane: "acquired", slices: "all", aggregate: "mean" });
  const identify = keyedHash(new Uint8Array(32));
  const server = await RedisServer.start();
  const redis = await server.connect();
  let places = 0;

  interface Setting extends Partial<Pick<AddByQueueOptions, "size" | "priority" | "deadline" | "signal" | "note">> {
    readonly files?: readonly string[];
    /** Of the library; its manifest lies beside it. */
    readonly place?: string;
  }

  /** A run of its own. */
  function asking({ files = paths, place = join(folder, `run ${places++}`), ...more }: Setting = {}) {
    const spec: LibrarySpec = {
      kind: "library",
      library: place,
      head: { ...spaceOf(adding), identities: identitiesOf(identify) },
      model: "golden-small",
      precision: "fp32",
      profile: embedder.profile,
      volumes: {},
      labels: { site: "north" },
      paths: [place],
    };
    const options: AddByQueueOptions = {
      redis,
      spec,
      list: () => asTheyAre(each(files.map((path) => ({ path })))),
      manifest: join(folder, `manifest ${places++}.jsonl`),
      size: { inputs: 5, bytes: 2 ** 26 },
      priority: "normal",
      onState: () => {},
      note: () => {},
      signal: new AbortController().signal,
      firstWaitMs: 5,
      ...more,
    };
    return { spec, options, run: runId(spec), manifest: () => collect(readManifest(options.manifest)) };
  }

  /** A worker in this process, stopped with the tests if not before. */
  async function working(special: Partial<AddingEmbedder> = {}, leaseMs = LEASE_MS, name?: string) {
    const redis = await server.connect();
    const openEngine = async () => ({ adding: { ...adding, ...special }, identify, close: async () => {} });
    const work = { library: new LibraryWork({ redis, openEngine }) };
    return startWorker({ redis, ...(name !== undefined && { name }), work, leaseMs });
  }

  /** What the manifest must say of these files, by the library itself. */
  async function check(spec: LibrarySpec, manifest: readonly ManifestLine[], files = paths): Promise<void> {
    assert.deepEqual(
      manifest.map(({ path }) => path),
      files,
    );
    const library = await Library.open({ uri: spec.library });
    const ids = await collect(library.ids());
    assert.equal(new Set(ids).size, ids.length, "a record is there twice");
    const told = manifest.flatMap((line) => ("id" in line ? [line.id] : []));
    assert.deepEqual(new Set(ids), new Set(told));
    await library.close();
  }

  async function vectorsOf(uri: string): Promise<Map<string, Float32Array>> {
    const library = await Library.open({ uri });
    const records = await collect(library.vectors());
    await library.close();
    return new Map(records.map(({ id, vector }) => [id, vector]));
  }

  test("two workers make the library that one process makes, bit for bit, and the manifest proves it", async () => {
    const alone = join(folder, "alone");
    const library = await Library.openOrCreate({ uri: alone }, spaceOf(adding));
    for await (const _ of addFiles(library, adding, each(paths.map((path) => ({ path }))), { identify })) {
    }
    await library.close();
    const { spec, options, run, manifest } = asking({ files: [...paths, paths[0]] });
    const [one, two] = [await working(), await working()];
    const counts = await addByQueue(options);
    assert.deepEqual(counts, ALL_ADDED);
    const lines = await manifest();
    await check(spec, lines);
    assert.deepEqual(await vectorsOf(spec.library), await vectorsOf(alone));
    assert.equal(await new Runs(redis).spec(run), undefined, "nothing of the run is left in the queue");
    const again = await addByQueue(options);
    assert.deepEqual(again, { inputs: PICTURES, stored: 0, known: PICTURES, failed: 0, left: 0 });
    const settled = [...one.lines, ...two.lines].filter(({ end }) => end === "settled");
    assert.equal(settled.length, 2 * Math.ceil(PICTURES / 5));
    await Promise.all([one.stop(), two.stop()]);
  });

  test("files that cannot be read are listed with their reasons, and the others are stored", async () => {
    const broken = join(folder, "broken.png");
    await writeFile(broken, (await readFile(paths[0])).subarray(0, 60));
    const missing = join(folder, "missing.png");
    const files = [paths[0], broken, missing, paths[1]];
    const { spec, options, manifest } = asking({ files });
    const worker = await working();
    const states: RunState[] = [];
    const counts = await addByQueue({ ...options, onState: (state) => states.push(state) });
    assert.deepEqual(counts, { inputs: 4, stored: 2, known: 0, failed: 2, left: 0 });
    const { failures, rate } = states.at(-1)!;
    assert.deepEqual(failures, { "corrupt-image": 1, "not-found": 1 });
    assert.ok(rate > 0 && rate <= 4, `${rate} a second`);
    const lines = await manifest();
    await check(spec, lines, files);
    assert.deepEqual(
      lines.map((line) => (line.outcome === "failed" ? [line.code, line.reason] : line.outcome)),
      [
        "stored",
        ["corrupt-image", lines[1].outcome === "failed" && lines[1].reason],
        ["not-found", "no such file"],
        "stored",
      ],
    );
    await worker.stop();
  });

  test("what workers have in hand and have done is seen, and who says farewell is gone", async () => {
    const { run, options } = asking({ files: paths.slice(0, 8) });
    const { promise: mayGoOn, resolve: letGoOn } = withResolvers();
    const embed: AddingEmbedder["embed"] = async (source) => {
      await mayGoOn;
      return adding.embed(source);
    };
    const worker = await working({ embed }, LEASE_MS, "north-1");
    const workers = new Workers(redis);
    const done = addByQueue(options);
    const inHand = async () => (await workers.find("north-1"))?.inHand ?? [];
    while ((await inHand()).length < 2) await setTimeout(20);
    assert.deepEqual((await inHand()).map((one) => [one.run, one.inputs]).sort(), [
      [run, 3],
      [run, 5],
    ]);
    letGoOn();
    await done;
    while ((await workers.find("north-1"))?.settled !== 2) await setTimeout(20);
    const [state, ...others] = await workers.all();
    assert.deepEqual(others, []);
    assert.deepEqual([state.stored, state.known, state.failed, state.unsettled, state.inHand], [8, 0, 0, 0, []]);
    assert.ok(state.silentMs < 60_000 && state.begun > 0);
    const lines = await workers.linesOf("north-1");
    assert.deepEqual(lines, JSON.parse(JSON.stringify(worker.lines.toReversed())), "the newest first");
    for (const line of lines) {
      assert.deepEqual([line.worker, line.run, line.end, line.attempt], ["north-1", run, "settled", 1]);
      assert.ok(line.version! > 0, "the version of the library with its commit");
      assert.ok(!Number.isNaN(Date.parse(line.time)));
    }
    assert.equal(new Set(lines.map(({ version }) => version)).size, 2);
    await worker.stop();
    assert.deepEqual(await workers.all(), []);
    assert.deepEqual(await workers.linesOf("north-1"), []);
  });

  test("a file on which the engine fails is tried again, taken out of its shard, and listed alone", async () => {
    const { spec, options, manifest } = asking();
    const poison = await readFile(paths[7]);
    const embed: AddingEmbedder["embed"] = async (source) => {
      if (source instanceof Uint8Array && poison.equals(source)) throw new MedembedError("engine-failed", "it stopped");
      return adding.embed(source);
    };
    const worker = await working({ embed });
    assert.deepEqual(await addByQueue(options), {
      inputs: PICTURES,
      stored: PICTURES - 2,
      known: 1,
      failed: 1,
      left: 0,
    });
    const lines = await manifest();
    await check(spec, lines);
    assert.deepEqual(lines[7], { path: paths[7], outcome: "failed", code: "engine-failed", reason: "it stopped" });
    const ends = (wanted: ShardLine["end"]) => worker.lines.filter(({ end }) => end === wanted);
    assert.equal(ends("split").length, 1);
    assert.deepEqual(
      ends("again").flatMap(({ inputs, attempt }) => (inputs === 1 ? [attempt] : [])),
      [1, 2, 3],
    );
    await worker.stop();
  });

  test("a worker that is stopped stores what it has embedded and gives back the rest, and another goes on with that", async () => {
    const { spec, options, manifest } = asking({ size: { inputs: PICTURES, bytes: 2 ** 26 } });
    const embedded: string[] = [];
    const { promise: isHalfDone, resolve: tellHalfDone } = withResolvers();
    const embed: AddingEmbedder["embed"] = async (source) => {
      if (embedded.length >= PICTURES / 2) {
        tellHalfDone();
        throw new MedembedError("cancelled", "the worker stops");
      }
      embedded.push(idOf(source));
      return adding.embed(source);
    };
    const first = await working({ embed });
    const done = addByQueue(options);
    await isHalfDone;
    await first.stop();
    assert.deepEqual(
      first.lines.map(({ end, stored }) => [end, stored]),
      [["given back", PICTURES / 2]],
    );
    const rest: string[] = [];
    const second = await working({
      embed: (source) => {
        rest.push(idOf(source));
        return adding.embed(source);
      },
    });
    assert.deepEqual(await done, ALL_ADDED);
    await check(spec, await manifest());
    assert.equal(new Set([...embedded, ...rest]).size, embedded.length + rest.length, "nothing is embedded twice");
    await second.stop();
  });

  test("shards that are delivered to two workers at once are there once, and settled once", async () => {
    const files = paths.slice(0, 10);
    const { spec, run, options, manifest } = asking({ files });
    const { promise: mayGoOn, resolve: letGoOn } = withResolvers();
    let held = 0;
    const slow = await working({
      embed: async (source) => {
        held++;
        await mayGoOn;
        return adding.embed(source);
      },
    });
    const done = addByQueue(options);
    while (held < files.length) await setTimeout(5); // it has both, and can take no more
    for (const shard of await new Runs(redis).openShards(run)) {
      await redis.del(`medembed:shards:${jobId(run, shard)}:lock`); // as when it has given no sign of life for too long
    }
    const quick = await working();
    assert.deepEqual(await done, { inputs: 10, stored: 10, known: 0, failed: 0, left: 0 });
    assert.deepEqual(
      quick.lines.map(({ end }) => end),
      ["settled", "settled"],
    );
    letGoOn();
    await slow.stop();
    assert.equal(slow.lines.length, 2, "it has come to its end, too");
    await check(spec, await manifest(), files);
    await quick.stop();
  });

  test("a paused queue begins nothing; what is drained is gone on with by the same command", async () => {
    const { spec, options, run, manifest } = asking();
    const queue = new ShardQueue(redis);
    after(() => queue.close());
    await queue.pause();
    const worker = await working();
    const drained = addByQueue(options);
    const runs = new Runs(redis);
    while (!(await runs.state(run))?.isPlanned) await setTimeout(20);
    assert.equal((await runs.state(run))?.open, Math.ceil(PICTURES / 5));
    await runs.drain(run);
    await queue.drain();
    await assert.rejects(drained, /run \w+ was drained; the same command again/);
    await queue.resume();
    assert.equal(worker.lines.length, 0);
    assert.deepEqual(await addByQueue(options), ALL_ADDED);
    await check(spec, await manifest());
    await worker.stop();
  });

  test("what the library or the queue has lost is noticed and added again", async () => {
    const notes: string[] = [];
    const { spec, options, run, manifest } = asking({ note: (message) => notes.push(message) });
    let count = 0;
    const worker = await working({
      embed: async (source) => {
        if (++count === 12) {
          const library = await Library.open({ uri: spec.library });
          await library.remove([]); // behind the back of shards that are settled
          await library.close();
        }
        return adding.embed(source);
      },
    });
    const done = addByQueue(options);
    const queue = new ShardQueue(redis);
    after(() => queue.close());
    while (count < 3) await setTimeout(5);
    const { waiting } = await queue.counts();
    await queue.drain(); // without a word to the run
    assert.ok(waiting > 0, "there was something to lose");
    const counts = await done;
    assert.equal(counts?.failed, 0);
    await check(spec, await manifest());
    assert.ok(notes.includes("the queue has lost jobs; they are planned again"), notes.join("\n"));
    assert.match(notes.join("\n"), /\d shards are not there as they were told to be; they are done again/);
    assert.equal(await new Runs(redis).spec(run), undefined);
    await worker.stop();
  });

  test("what is not begun by the deadline is listed as left, and the same command again goes on with it", async () => {
    const embedded: string[] = [];
    const { promise: mayGoOn, resolve: letGoOn } = withResolvers();
    const embed: AddingEmbedder["embed"] = async (source) => {
      embedded.push(idOf(source));
      await mayGoOn;
      return adding.embed(source);
    };
    const { spec, options, run, manifest } = asking({ deadline: Date.now() + 3_600_000 });
    const worker = await working({ embed });
    const done = addByQueue(options);
    const runs = new Runs(redis);
    while (embedded.length < 10 || !(await runs.state(run))?.isPlanned) await setTimeout(5); // two shards are in work
    assert.equal((await runs.state(run))?.isLate, false);
    await redis.hset(`medembed:run:${run}`, "deadline", 1); // as if the hour were over
    letGoOn();
    assert.deepEqual(await done, { inputs: PICTURES, stored: 10, known: 0, failed: 0, left: PICTURES - 10 });
    const left = await manifest();
    assert.deepEqual(
      left.map(({ path }) => path),
      paths,
    );
    const reason = "it was not begun by the deadline";
    assert.deepEqual(left.at(-1), { path: paths.at(-1), outcome: "left", code: "deadline-passed", reason });

    const queue = new ShardQueue(redis);
    while ((await queue.counts()).givenUp < 3) await setTimeout(5); // the worker sees that they are late
    await queue.close();
    assert.deepEqual(worker.lines.map(({ end }) => end).sort(), ["late", "late", "late", "settled", "settled"]);
    const { deadline: _, ...withoutDeadline } = options;
    const whole = await addByQueue(withoutDeadline);
    assert.deepEqual(whole, ALL_ADDED);
    await check(spec, await manifest());
    assert.equal(embedded.length, PICTURES - 1, "what was settled is not done again");
    assert.equal(await runs.spec(run), undefined);
    await worker.stop();
  });

  test("a deadline passes also where no worker is, and a retry lifts it", async () => {
    const { spec, options, run, manifest } = asking({ files: paths.slice(0, 10), deadline: Date.now() - 1 });
    assert.deepEqual(await addByQueue(options), { inputs: 10, stored: 0, known: 0, failed: 0, left: 10 });
    const runs = new Runs(redis);
    assert.deepEqual([(await runs.state(run))?.isLate, (await runs.state(run))?.open], [true, 2]);
    const steer = await QUEUE_COMMANDS.retry.load();
    await steer([], { queue: server.url });
    const worker = await working();
    while ((await runs.state(run))?.open !== 0) await setTimeout(5);
    assert.deepEqual(await addByQueue(options), { inputs: 10, stored: 10, known: 0, failed: 0, left: 0 });
    await check(spec, await manifest(), paths.slice(0, 10));
    await worker.stop();
  });

  test("runs share the workers: the second does not wait for the first, and a high priority has more turns", async () => {
    const queue = new ShardQueue(redis);
    await queue.pause();
    const size = { inputs: 1, bytes: 1 };
    const [slow, quick] = [
      asking({ size, files: paths.slice(0, 12) }),
      asking({ size, priority: "high", files: paths.slice(0, 8) }),
    ];
    const runs = new Runs(redis);
    const isPlanned = async (run: string) => {
      while (!(await runs.state(run))?.isPlanned) await setTimeout(20);
    };
    const both = [addByQueue(slow.options)];
    await isPlanned(slow.run);
    both.push(addByQueue(quick.options));
    await isPlanned(quick.run);
    const worker = await working();
    await queue.resume();
    await Promise.all(both);
    const order = worker.lines
      .filter(({ end }) => end === "settled")
      .map(({ run }) => (run === quick.run ? "quick" : "slow"));
    assert.equal(order.length, 20);
    const atEnd = order.lastIndexOf("quick") + 1;
    const slowBefore = order.slice(0, atEnd).filter((name) => name === "slow").length;
    assert.ok(slowBefore >= 1 && slowBefore <= 4, order.join(" "));
    await worker.stop();
    await queue.close();
  });

  test("a worker that does not fit a run says so and leaves the shard to others", async () => {
    const { spec, options, manifest } = asking({ files: paths.slice(0, 2) });
    const openEngine = async () => ({
      adding,
      identify: keyedHash(new Uint8Array(32).fill(1)),
      close: async () => {},
    });
    const wrong = new ShardWorker({
      redis: await server.connect(),
      work: { library: new LibraryWork({ redis, openEngine }) },
      leaseMs: LEASE_MS,
      onShard: () => {},
    });
    const done = addByQueue(options);
    await assert.rejects(wrong.broken, /hashes patients, studies and series under another key/);
    await wrong.stop();
    const right = await working();
    assert.deepEqual(await done, { inputs: 2, stored: 2, known: 0, failed: 0, left: 0 });
    await check(spec, await manifest(), paths.slice(0, 2));
    await right.stop();
  });

  test("a file that ends every worker is found, and its neighbours are stored", async () => {
    const files = paths.slice(0, 5);
    const { spec, options, run, manifest } = asking({ files });
    const poison = await readFile(files[2]);
    const { promise: end, resolve: letEnd } = withResolvers();
    let lost = 0;
    // A process that is gone answers nothing, and its lease runs out. It is not killed here: kill.test.ts does that.
    const embed: AddingEmbedder["embed"] = async (source) => {
      if (!(source instanceof Uint8Array && poison.equals(source))) return adding.embed(source);
      lost++;
      await end;
      throw new MedembedError("cancelled", "the test is over");
    };
    const workers = await Promise.all(Array.from({ length: 4 }, () => working({ embed }, 300)));
    let isDone = false;
    const done = addByQueue(options).finally(() => {
      isDone = true;
    });
    for (let seen = 0; !isDone; await setTimeout(5)) {
      if (lost === seen) continue;
      seen = lost;
      for (const shard of await new Runs(redis).openShards(run)) {
        await redis.del(`medembed:shards:${jobId(run, shard)}:lock`);
      }
    }
    assert.deepEqual(await done, { inputs: 5, stored: 4, known: 0, failed: 1, left: 0 });
    const lines = await manifest();
    await check(spec, lines, files);
    const reason = "its worker was lost 3 times";
    assert.deepEqual(lines[2], { path: files[2], outcome: "failed", code: "engine-failed", reason });
    letEnd();
    await Promise.all(workers.map(({ stop }) => stop()));
  });

  test("the server is killed, cut off and at last comes back empty, and nothing is lost", async () => {
    const own = await RedisServer.start("--appendfsync", "always");
    const notes: string[] = [];
    const note = (message: string) => notes.push(message);
    const { spec, options, manifest } = asking({ note });
    const troubles = [
      async () => {
        await own.stop("SIGKILL");
        await own.start();
      },
      async () => {
        own.signal("SIGSTOP");
        await setTimeout(3 * LEASE_MS);
        own.signal("SIGCONT");
      },
      async () => {
        await own.stop("SIGKILL");
        await own.forget();
        await own.start();
      },
    ];
    let count = 0;
    const connection = await own.connect();
    const openEngine = async () => ({ adding: { ...adding, embed }, identify, close: async () => {} });
    const worker = new ShardWorker({
      redis: connection,
      work: { library: new LibraryWork({ redis: connection, openEngine }) },
      leaseMs: LEASE_MS,
      onShard: () => {},
      firstWaitMs: 5,
    });
    async function embed(source: Parameters<AddingEmbedder["embed"]>[0]) {
      const trouble = ++count % 6 === 0 ? troubles.shift() : undefined;
      await trouble?.();
      return adding.embed(source);
    }
    const counts = await addByQueue({ ...options, redis: await own.connect(note) });
    assert.deepEqual([counts?.inputs, counts?.failed, troubles.length], [PICTURES, 0, 0]);
    await check(spec, await manifest());
    const told = notes.join("\n");
    assert.match(told, /the queue at redis:\S+ cannot be reached: .*; waiting for it\n.*is back/);
    assert.match(told, /the queue has lost jobs; they are planned again/);
    await worker.stop();
  });

  test("a full disk is told, and what was given up is stored when there is room and it is tried again", async (context) => {
    const disk = await mountSmallDisk(join(folder, "disk"));
    if (!disk) return context.skip("no file system can be mounted here");
    try {
      const { spec, options, run, manifest } = asking({ place: join(disk.path, "library") });
      const ballast = join(disk.path, "ballast");
      const worker = await working();
      const library = await Library.openOrCreate({ uri: spec.library }, spec.head);
      await library.close();
      await disk.fill(ballast);
      const full = await addByQueue(options);
      assert.deepEqual([full?.inputs, full?.failed], [PICTURES, PICTURES]);
      const [{ path: _, ...first }] = await manifest();
      assert.ok(first.outcome === "failed" && first.code === "write-failed", JSON.stringify(first));
      assert.match(first.reason, /^cannot write to the library /);

      const leaving = new AbortController();
      const left = addByQueue({ ...options, signal: leaving.signal });
      const runs = new Runs(redis);
      while (!(await runs.state(run))?.isPlanned) await setTimeout(5);
      leaving.abort();
      assert.equal(await left, undefined);
      const queue = new ShardQueue(redis);
      after(() => queue.close());
      const shards = Math.ceil(PICTURES / 5);
      while ((await queue.counts()).givenUp < shards) await setTimeout(20);
      await rm(ballast);
      assert.equal(await queue.retry(), shards);
      assert.deepEqual(await addByQueue(options), ALL_ADDED);
      await check(spec, await manifest());
      await worker.stop();
    } finally {
      disk.unmount();
    }
  });
}

function idOf(source: unknown): string {
  return hash("sha256", source as Uint8Array);
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers() {
  let resolve!: () => void;
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}

/** Noise, another one in each but the last. @returns their paths in order */
async function writeStudy(study: string): Promise<string[]> {
  await mkdir(study);
  const paths = Array.from({ length: PICTURES }, (_, i) => join(study, `${String(i).padStart(3, "0")}.png`));
  for (const [i, path] of paths.entries()) {
    const data = Uint8Array.from({ length: 32 * 32 }, (_, at) => (at * (i + 3) * 7919) >> 3);
    await writeFile(path, await writePng({ width: 32, height: 32, channels: 1, data }));
  }
  await cp(paths[0], paths.at(-1)!);
  return paths;
}

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
