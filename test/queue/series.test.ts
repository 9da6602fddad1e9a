import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { gatherSeries } from "../../src/cli/gather-series.ts";
import { listInputs } from "../../src/cli/inputs.ts";
import { addSources } from "../../src/cli/library/add-sources.ts";
import { seriesOf, shardInputs } from "../../src/cli/library/shard-inputs.ts";
import { sourceEmbedder } from "../../src/cli/library/source-embedder.ts";
import { keyedHash } from "../../src/formats/identity-key.ts";
import { addFiles } from "../../src/library/add-files.ts";
import { Library } from "../../src/library/library.ts";
import type { StoredVector } from "../../src/library/record.ts";
import { identitiesOf, spaceOf } from "../../src/library/vector-space.ts";
import { addByQueue } from "../../src/queue/add-by-queue.ts";
import { LibraryWork } from "../../src/queue/library-work.ts";
import { asTheyAre } from "../../src/queue/plan-run.ts";
import type { LibrarySpec } from "../../src/queue/run-spec.ts";
import type { ShardInput } from "../../src/queue/shard.ts";
import { ShardWorker } from "../../src/queue/shard-worker.ts";
import { readManifest } from "../../src/queue/write-manifest.ts";
import { writeSlice } from "../formats/dicom/series/write-series.ts";
import { writeNifti } from "../formats/nifti/write-nifti.ts";
import { openGolden, temporaryFolder } from "../golden-small.ts";
import { collect } from "../library/synthetic.ts";
import { isRedisInstalled, RedisServer } from "../redis/redis-server.ts";

const GAP = "1 of 3 slices are followed by a gap; about 1 are missing";

if (!isRedisInstalled) {
  test("series go through a real Redis server where one is installed", { skip: "redis-server is not" }, () => {});
} else {
  const folder = await temporaryFolder();
  const study = join(folder, "study");
  const file = (...names: readonly string[]) => join(study, ...names);
  const [first, second] = [
    (number: number) => writeFile(file("first", `${number}.dcm`), sliceOf(number, 37)),
    (number: number) => writeFile(file("second", `${number}.dcm`), sliceOf(number, 91)),
  ];
  await mkdir(file("first"), { recursive: true });
  await mkdir(file("second"));
  for (const number of [1, 2, 4]) await first(number);
  for (const number of [1, 2, 3]) await second(number);
  await writeFile(file("first", "3.dcm"), Buffer.from(`${"\0".repeat(128)}DICM`)); // and nothing behind it
  await writeFile(file("second", "3.dcm"), sliceOf(3, 91).subarray(0, -50));
  await writeFile(
    file("volume.nii.gz"),
    writeNifti(
      Array.from({ length: 360 }, (_, i) => (i * 53) % 400),
      { dims: [12, 10, 3], isPacked: true },
    ),
  );

  const embedder = await openGolden({ folder: join(folder, "model"), threads: 1 });
  const adding = sourceEmbedder(embedder, { plane: "acquired", slices: "all", aggregate: "mean" });
  const identify = keyedHash(new Uint8Array(32));
  const head = { ...spaceOf(adding), identities: identitiesOf(identify) };
  const { signal } = new AbortController();
  const listed = () => listInputs({ paths: [study], texts: [], textsFile: undefined });
  const planned = () => asTheyAre(shardInputs(seriesOf(listed(), signal)));
  const workers: ShardWorker[] = [];
  after(() => Promise.all(workers.map((worker) => worker.stop()))); // before the server is: they would wait for it
  const server = await RedisServer.start();
  const redis = await server.connect();
  workers.push(await startWorker(), await startWorker());

  async function startWorker(): Promise<ShardWorker> {
    const redis = await server.connect();
    const openEngine = async () => ({ adding, identify, close: async () => {} });
    return new ShardWorker({
      redis,
      work: { library: new LibraryWork({ redis, openEngine }) },
      leaseMs: 30_000,
      onShard: () => {},
      firstWaitMs: 5,
    });
  }

  /** @returns the lines of the manifest */
  async function addByWorkers(library: string, list: () => AsyncGenerator<ShardInput> = planned) {
    const { profile } = embedder;
    const spec: LibrarySpec = {
      kind: "library",
      library,
      head,
      model: "golden-small",
      precision: "fp32",
      profile,
      volumes: {},
      labels: {},
      per: "series",
      paths: [library],
    };
    const manifest = `${library}.jsonl`;
    const silent = { onState: () => {}, note: () => {} };
    const size = { inputs: 1, bytes: 2 ** 26 };
    await addByQueue({ redis, spec, list, size, priority: "normal", manifest, signal, firstWaitMs: 5, ...silent });
    return collect(readManifest(manifest));
  }

  async function recordsOf(uri: string): Promise<Omit<StoredVector, "added">[]> {
    const library = await Library.open({ uri });
    const records = await collect(library.vectors());
    await library.close();
    return records.map(({ added: _, ...record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  const queued = join(folder, "queued");
  const told: string[] = []; // ids, in the order of the manifest

  test("two workers make the records of one process, bit for bit; findings and unread files reach the manifest", async () => {
    const alone = join(folder, "alone");
    const library = await Library.openOrCreate({ uri: alone }, head);
    const sources = addSources([gatherSeries(listed(), embedder, signal)], embedder, identify);
    await collect(addFiles(library, adding, sources, { identify }));
    await library.close();

    const [volume, refused, gap, part, ...others] = await addByWorkers(queued);
    assert.deepEqual(await recordsOf(queued), await recordsOf(alone));
    assert.deepEqual(others, []);
    assert.ok(volume.outcome === "stored" && refused.outcome === "failed");
    assert.deepEqual([volume.path, volume.slices], [file("volume.nii.gz"), 3]);
    assert.deepEqual([refused.path, refused.code], [file("first", "3.dcm"), "corrupt-image"]);
    assert.ok(gap.outcome === "stored" && part.outcome === "stored");
    assert.deepEqual([gap.path, gap.slices, gap.findings], [file("first", "1.dcm"), 3, [GAP]]);
    assert.deepEqual([part.path, part.slices], [file("second", "1.dcm"), 2]);
    assert.deepEqual(
      part.unread?.map(({ path, code }) => [path, code]),
      [[file("second", "3.dcm"), "corrupt-image"]],
    );
    told.push(volume.id, gap.id, part.id);
  });

  test("a series that has come to be whole takes the place of what it was, and a part of it does not", async () => {
    const before = await collect(planned());
    await first(3);
    await second(3);
    const [volume, whole, other] = await addByWorkers(queued);
    assert.ok(volume.outcome === "known" && whole.outcome === "stored" && other.outcome === "stored");
    assert.equal(volume.id, told[0]);
    const ids = async () => (await recordsOf(queued)).map(({ id }) => id);
    assert.deepEqual(await ids(), [volume.id, whole.id, other.id].sort());

    // As they were planned before, one of them without its third slice.
    const [, , gap, part] = await addByWorkers(queued, () => each(before));
    assert.ok(gap.outcome === "known");
    assert.equal(gap.id, whole.id);
    const finding = "the library has 4 slices of this series, and these are 3: add all its files together";
    assert.deepEqual(gap.findings, [finding]);
    const reason = "files of the series were written to since the run was planned; add it when it is complete";
    assert.deepEqual(part, { path: file("second", "1.dcm"), outcome: "failed", code: "corrupt-image", reason });
    assert.deepEqual(await ids(), [volume.id, whole.id, other.id].sort());
  });
}

function sliceOf(number: number, seed: number): Uint8Array {
  const values = Array.from({ length: 120 }, (_, i) => (i * seed * number) % 500);
  return writeSlice(values, { columns: 12, rows: 10, number, series: `1.2.840.${seed}` });
}

async function* each<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
