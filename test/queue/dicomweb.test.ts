import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { type DicomWebServer, selectDicomWeb } from "../../src/cli/dicomweb.ts";
import { addSources } from "../../src/cli/library/add-sources.ts";
import { shardInputs } from "../../src/cli/library/shard-inputs.ts";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { openLibraryEngine } from "../../src/cli/queue/open-library-engine.ts";
import { DicomWebSource } from "../../src/dicomweb/dicomweb-source.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { addFiles } from "../../src/library/add-files.ts";
import { Library } from "../../src/library/library.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { addByQueue } from "../../src/queue/add-by-queue.ts";
import { LibraryWork, type LibraryWorkOptions } from "../../src/queue/library-work.ts";
import { asTheyAre } from "../../src/queue/plan-run.ts";
import type { LibrarySpec } from "../../src/queue/run-spec.ts";
import type { ShardInput } from "../../src/queue/shard.ts";
import type { ShardLine } from "../../src/queue/shard-line.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { readManifest } from "../../src/queue/write-manifest.ts";
import { isOrthancInstalled, startOrthanc } from "../dicomweb/orthanc.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { openGolden, temporaryFolder } from "../golden-small.ts";
import { collect } from "../library/synthetic.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";

const STUDY = "1.2.826.0.1.3680043.8.498.7";
const SERIES = [`${STUDY}.1`, `${STUDY}.2`];
const UID = /1\.2\.826/;

if (!isOrthancInstalled || !isRedisInstalled) {
  const skip = "orthanc, orthanc-dicomweb or redis-server is not";
  test("workers take files from a real DICOMweb server where it and Redis are installed", { skip }, () => {});
} else {
  const orthanc = await startOrthanc();
  await orthanc.store([1, 2, 3].map((number) => slice(number, SERIES[0])));
  await orthanc.store([1, 2, 4].map((number) => slice(number, SERIES[1])));
  const folder = await temporaryFolder();
  const embedder = await openGolden({ folder: join(folder, "model"), threads: 1 });
  const settings = { plane: "acquired", slices: "all", aggregate: "mean" } as const;
  const adding = sourceEmbedder(embedder, settings);
  const identify = keyedHash(new Uint8Array(32));
  const head = { ...spaceOf(adding), identities: identitiesOf(identify) };
  const { signal } = new AbortController();
  const server = await RedisServer.start();
  const redis = await server.connect();
  const { user, password } = orthanc.credentials;
  Object.assign(process.env, { MEDEMBED_DICOMWEB_USER: user, MEDEMBED_DICOMWEB_PASSWORD: password });
  const listing = (isPerSeries: boolean) => {
    const options = { dicomweb: `${orthanc.url}/`, study: [STUDY] };
    return selectDicomWeb(options, { note: () => {}, signal, isPerSeries })!;
  };
  const asking = (credentials = orthanc.credentials): DicomWebServer => {
    return { root: orthanc.url, source: new DicomWebSource({ url: orthanc.url, credentials }) };
  };

  /** The real engine of a run, but for the model, which is open already. */
  async function startWorker(asked: DicomWebServer | undefined, lines: ShardLine[] = []): Promise<ShardWorker> {
    const redis = await server.connect();
    const openEngine: LibraryWorkOptions["openEngine"] = (spec, signal) => {
      const engine = { model: join(folder, "model", "golden-small"), cacheFolder: join(folder, "model", "cache") };
      return openLibraryEngine(spec, { engine: { ...engine, threads: 1 }, identify, server: asked }, signal);
    };
    const worker = new ShardWorker({
      redis,
      work: { library: new LibraryWork({ redis, openEngine }) },
      leaseMs: 30_000,
      onShard: (line) => lines.push(line),
      firstWaitMs: 5,
    });
    after(() => worker.stop());
    return worker;
  }

  async function addByWorkers(library: string, isPerSeries: boolean, more: readonly ShardInput[] = []) {
    const { profile } = embedder;
    const volumes = { plane: "acquired", slices: "all", aggregate: "mean" };
    const per = isPerSeries ? ({ per: "series" } as const) : {};
    const asked = { ...per, dicomweb: orthanc.url, labels: {}, paths: [library] };
    const model = "golden-small";
    const spec: LibrarySpec = { kind: "library", library, head, model, precision: "fp32", profile, volumes, ...asked };
    async function* list() {
      yield* asTheyAre(shardInputs(listing(isPerSeries).list()));
      yield* more;
    }
    const manifest = `${library}.jsonl`;
    const silent = { onState: () => {}, note: () => {} };
    const size = { inputs: 2, bytes: 2 ** 26 };
    await addByQueue({ redis, spec, list, size, priority: "normal", manifest, signal, firstWaitMs: 5, ...silent });
    return collect(readManifest(manifest));
  }

  async function addAlone(uri: string, isPerSeries: boolean): Promise<void> {
    const library = await Library.openOrCreate({ uri }, head);
    const told = await collect(
      addFiles(library, adding, addSources([listing(isPerSeries).list()], embedder, identify), { identify }),
    );
    assert.deepEqual(new Set(told.map(({ outcome }) => outcome)), new Set(["stored"]));
    await library.close();
  }

  async function recordsOf(uri: string) {
    const library = await Library.open({ uri });
    const records = await collect(library.vectors());
    await library.close();
    return records.map(({ added: _, ...record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  test("workers that the server refuses, or that do not ask it, end and leave the shards to others", async () => {
    const place = join(folder, "refused");
    const done = addByWorkers(place, false);
    const stranger = await startWorker(undefined);
    await assert.rejects(stranger.broken, {
      code: "usage",
      message: /this worker asks none; it needs --dicomweb http:/,
    });
    await stranger.stop();
    const guessing = await startWorker(asking({ user, password: "guess" }));
    await assert.rejects(guessing.broken, { code: "unauthorised", message: /\(401\)$/ });
    await guessing.stop();
    const right = await startWorker(asking());
    assert.deepEqual(new Set((await done).map(({ outcome }) => outcome)), new Set(["stored"]));
    await right.stop();
  });

  test("files of a query give the records of one process, bit for bit; one that is gone is listed", async () => {
    const [alone, queued] = [join(folder, "alone"), join(folder, "queued")];
    await addAlone(alone, false);
    const lines: ShardLine[] = [];
    const worker = await startWorker(asking(), lines);
    const gone: ShardInput = {
      kind: "remote",
      path: `studies/${STUDY}/series/${SERIES[1]}/instances/1.2.3`,
      name: "instance 4 of series 2",
    };
    const outside: ShardInput = { kind: "remote", path: "studies/1/series/2/../../../instances", name: "another" };
    const manifest = await addByWorkers(queued, false, [gone, outside]);
    assert.deepEqual(await recordsOf(queued), await recordsOf(alone));
    const told = manifest.map((line) => [line.path, line.outcome === "failed" ? line.code : line.outcome, line.name]);
    const path = (series: string, number: number) => `studies/${STUDY}/series/${series}/instances/${series}.${number}`;
    const numbers = [
      [1, 2, 3],
      [1, 2, 4],
    ];
    const first = manifest[0].path.includes(SERIES[0]) ? 0 : 1; // in the order of the server
    const wanted = [first, 1 - first].flatMap((series, at) =>
      numbers[series].map((number, i) => [
        path(SERIES[series], number),
        "stored",
        `instance ${i + 1} of series ${at + 1}`,
      ]),
    );
    assert.deepEqual(told.slice(0, -2), wanted);
    assert.deepEqual(told.slice(-2), [
      [gone.path, "not-found", gone.name],
      [outside.path, "usage", outside.name],
    ]);
    assert.doesNotMatch(JSON.stringify(lines), UID);
    await worker.stop();
  });

  test("series of a query give the records of one process, bit for bit, and no file stays behind", async () => {
    const [alone, queued] = [join(folder, "series alone"), join(folder, "series queued")];
    await addAlone(alone, true);
    const temporary = await temporaryFolder();
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    const worker = await startWorker(asking());
    const manifest = await addByWorkers(queued, true);
    await worker.stop();
    assert.deepEqual(await recordsOf(queued), await recordsOf(alone));
    const told = manifest.map((line) => [line.path, line.outcome === "stored" && line.slices]);
    assert.deepEqual(
      told.sort(),
      SERIES.map((series) => [`studies/${STUDY}/series/${series}`, 3]),
    );
    const [gap] = manifest.filter(({ path }) => path.endsWith(SERIES[1]));
    const finding = "1 of 3 slices are followed by a gap; about 1 are missing";
    assert.ok(gap.outcome === "stored");
    assert.deepEqual(gap.findings, [finding]);
    const leftBehind = (await readdir(temporary)).filter((name) => name.startsWith("medembed-"));
    assert.deepEqual(leftBehind, []);
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
}

function slice(number: number, series: string): Uint8Array {
  const values = Array.from({ length: 120 }, (_, i) => (i * 31 * number * series.length + Number(series.at(-1))) % 500);
  const more = { "00080060": ["CS", "CT"], "0020000d": ["UI", STUDY] } as const;
  return writeSlice(values, { columns: 12, rows: 10, number, series, more });
}
