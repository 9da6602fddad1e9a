import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DiskCache } from "../../../src/server/cache/disk-cache.ts";
import { temporaryFolder } from "../../golden-small.ts";

const root = await temporaryFolder();
let folders = 0;
const isWindows = process.platform === "win32";
const MiB = 2 ** 20;
const LENGTH = 1024;
/** 4096 bytes of values and a checksum. */
const FILE_BYTES = 8192;

const vectorOf = (seed: number) => Float32Array.from({ length: LENGTH }, (_, i) => Math.sin(seed * LENGTH + i));
/** In the folder of the given two digits. */
const keyOf = (seed: number, shard = "ab") =>
  shard + createHash("sha256").update(String(seed)).digest("hex").slice(shard.length);

function openDisk({ folder = join(root, `disk-${folders++}`), maxBytes = 64 * MiB } = {}) {
  const faults: string[] = [];
  const cache = new DiskCache({ folder, maxBytes, onFault: (_, code) => faults.push(code) });
  return { cache, folder, faults, pathOf: (key: string) => join(folder, key.slice(0, 2), `${key}.vector`) };
}

async function write({ cache }: { cache: DiskCache }, ...seeds: number[]): Promise<void> {
  for (const seed of seeds) cache.write(keyOf(seed), vectorOf(seed));
  await cache.flush();
}

/** Which of the vectors are there; those that are must be right. */
async function kept({ cache }: { cache: DiskCache }, seeds: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const seed of seeds) {
    const vector = await cache.read(keyOf(seed), LENGTH);
    if (!vector) continue;
    assert.deepEqual(vector, vectorOf(seed));
    found.push(seed);
  }
  return found;
}

test("vectors are there after a restart, to the last bit", async () => {
  const before = openDisk();
  const odd = new Float32Array([0, -0, 1e-45, -3.4028234663852886e38, 1 / 3]);
  before.cache.write(keyOf(0, "c0"), odd);
  await write(before, 1, 2);
  const after = openDisk(before);
  assert.deepEqual(await after.cache.read(keyOf(0, "c0"), odd.length), odd);
  assert.deepEqual(await kept(after, [1, 2, 3]), [1, 2]);
  assert.deepEqual([after.cache.errors, after.faults], [0, []]);
});

test("nobody else may read them", { skip: isWindows }, async () => {
  const disk = openDisk();
  await write(disk, 1);
  const modes = [disk.folder, join(disk.folder, "ab"), disk.pathOf(keyOf(1))].map(
    async (path) => (await stat(path)).mode,
  );
  assert.deepEqual(
    (await Promise.all(modes)).map((mode) => mode & 0o777),
    [0o700, 0o700, 0o600],
  );
});

const BREAKS: Readonly<Record<string, (file: Buffer, other: Buffer) => Buffer>> = {
  "is empty": () => Buffer.alloc(0),
  "breaks off in the checksum": (file) => file.subarray(0, 31),
  "breaks off in the values": (file) => file.subarray(0, -4),
  "misses its last bit": (file) => Buffer.concat([file.subarray(0, -1), Buffer.from([file.at(-1)! ^ 1])]),
  "has a wrong checksum": (file) => Buffer.concat([Buffer.from([file[0] ^ 128]), file.subarray(1)]),
  "was never written, though made": (file) => Buffer.alloc(file.length),
  "goes on too long": (file) => Buffer.concat([file, Buffer.alloc(1)]),
  "is another vector's": (_, other) => other,
};

for (const [name, change] of Object.entries(BREAKS)) {
  test(`a file that ${name} is no hit and is removed`, async () => {
    const disk = openDisk();
    await write(disk, 1, 2);
    const path = disk.pathOf(keyOf(1));
    await writeFile(path, change(await readFile(path), await readFile(disk.pathOf(keyOf(2)))));
    assert.deepEqual(await kept(disk, [1, 2]), [2]);
    await assert.rejects(stat(path), { code: "ENOENT" });
    assert.deepEqual([disk.cache.errors, disk.faults], [1, []]);
    await write(disk, 1);
    assert.deepEqual(await kept(disk, [1, 2]), [1, 2]);
  });
}

test("a vector of another length is no hit", async () => {
  const disk = openDisk();
  await write(disk, 1, 2);
  assert.equal(await disk.cache.read(keyOf(1), LENGTH - 1), undefined);
  assert.equal(await disk.cache.read(keyOf(2), LENGTH + 1), undefined);
});

test("several share a folder, also when they write the same", async () => {
  const first = openDisk();
  const second = openDisk(first);
  await Promise.all([write(first, 1, 2, 3), write(second, 3, 2, 1)]);
  assert.deepEqual(await kept(first, [1, 2, 3]), [1, 2, 3]);
  assert.deepEqual((await readdir(join(first.folder, "ab"))).sort(), [1, 2, 3].map((i) => `${keyOf(i)}.vector`).sort());
});

test("the bound holds, and the oldest go first", async () => {
  const share = 16 * FILE_BYTES; // of each of the 256 folders
  const disk = openDisk({ maxBytes: 256 * share });
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  for (const seed of seeds) {
    await write(disk, seed);
    const aged = new Date(Date.UTC(2020, 0, 1) + seed * 1000);
    await utimes(disk.pathOf(keyOf(seed)), aged, aged); // file systems tell times of one moment apart no better than this
    assert.ok((await readdir(join(disk.folder, "ab"))).length * FILE_BYTES <= share);
  }
  const left = await kept(disk, seeds);
  assert.deepEqual(left, seeds.slice(-left.length));
  assert.ok(left.length >= 14, `${left.length} of 16 are left`);
});

test("what a process left half-written goes with the oldest; what is not ours stays", async () => {
  const disk = openDisk({ maxBytes: 256 * 8 * FILE_BYTES });
  const shard = join(disk.folder, "ab");
  await mkdir(shard, { recursive: true });
  const half = `${keyOf(0)}.vector.123e4567-e89b-42d3-a456-426614174000`;
  const foreign = ["notes.txt", `${keyOf(0)}.vector.bak`, `${keyOf(0)}`];
  for (const name of [half, ...foreign]) {
    await writeFile(join(shard, name), Buffer.alloc(20 * FILE_BYTES));
    await utimes(join(shard, name), 0, 0);
  }
  await write(disk, 1);
  assert.deepEqual((await readdir(shard)).sort(), [...foreign, `${keyOf(1)}.vector`].sort());
});

test("a folder that is emptied under its feet fills again", async () => {
  const disk = openDisk();
  await write(disk, 1);
  await rm(disk.folder, { recursive: true });
  assert.deepEqual(await kept(disk, [1]), []);
  await write(disk, 2);
  await write(disk, 3);
  assert.deepEqual(await kept(disk, [1, 2, 3]), [3]);
  assert.deepEqual([disk.cache.errors, disk.faults], [0, []]);
});

test("below a file nothing is kept, nothing fails, and one line says so", { skip: isWindows }, async () => {
  const file = join(root, "a-file");
  await writeFile(file, "");
  const disk = openDisk({ folder: join(file, "cache") });
  const reads = [1, 2, 3].map((seed) => disk.cache.read(keyOf(seed), LENGTH));
  assert.deepEqual(await Promise.all(reads), [undefined, undefined, undefined]);
  await write(disk, 1, 2);
  assert.deepEqual(await kept(disk, [1, 2]), []);
  assert.deepEqual(disk.faults, ["ENOTDIR"]);
  assert.equal(disk.cache.errors, 3);
});

test("where nothing can be written, what is there can still be read, and one line says so", {
  skip: isWindows,
}, async () => {
  const disk = openDisk();
  await write(disk, 1);
  await symlink(join(root, "nowhere"), join(disk.folder, "cd")); // neither there nor to be made
  disk.cache.write(keyOf(2, "cd"), vectorOf(2));
  disk.cache.write(keyOf(3, "cd"), vectorOf(3));
  await write(disk, 4);
  assert.equal(disk.faults.length, 1);
  assert.deepEqual(await kept(disk, [1, 4]), [1]);
});

test("when no more bytes can be written nothing half-written is left, and one line says so", {
  skip: isWindows,
}, () => {
  const folder = join(root, "full");
  const script = fileURLToPath(new URL("./disk-cache-filler.ts", import.meta.url));
  const limited = 'ulimit -f 0; exec "$0" --import ./scripts/tsx.mjs "$@"'; // no file may grow: as on a full disk
  const { stdout, stderr } = spawnSync("sh", ["-c", limited, process.execPath, script, folder], {
    encoding: "utf8",
    env: { ...process.env, TSX_DISABLE_CACHE: "1" }, // its files would be left empty, too
  });
  assert.ok(stdout, stderr);
  assert.deepEqual(JSON.parse(stdout), { faults: ["EFBIG"], errors: 1, files: [] });
});

test("on a slow disk the vectors that wait are bounded", async () => {
  const { cache, folder } = openDisk();
  for (let seed = 0; seed < 1100; seed++) cache.write(keyOf(seed), new Float32Array(1));
  await cache.flush();
  const { length } = await readdir(join(folder, "ab"));
  assert.ok(length > 0 && length <= 1024, `${length} files`);
  cache.write(keyOf(2000), vectorOf(0));
  await cache.flush();
  assert.deepEqual(await cache.read(keyOf(2000), LENGTH), vectorOf(0), "when they are written others are taken again");
});
