import assert from "node:assert/strict";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Job } from "../../../src/server/batch/job.ts";
import { JobFolders } from "../../../src/server/batch/job-folders.ts";
import { temporaryFolder } from "../../golden-small.ts";

const folder = await temporaryFolder();
const job = (digit: string, createdAt: string): Job => ({
  id: digit.repeat(32),
  state: "queued",
  input: "night",
  deployment: "default",
  profile: "direct",
  createdAt,
  progress: { files: 0, rows: 0, failed: 0, bytes: 0, totalBytes: 0 },
});

test("jobs are read again as they were written, oldest first, by one process at a time", async () => {
  const folders = await JobFolders.open(folder);
  const [older, newer] = [job("b", "2026-01-01T00:00:00.000Z"), job("a", "2026-01-02T00:00:00.000Z")];
  for (const one of [newer, older, { ...older, state: "failed", error: { code: "usage", message: "why" } } as Job]) {
    await folders.write(one);
  }
  await mkdir(folders.pathOf("c".repeat(32))); // a removal that broke off
  await writeFile(join(folders.pathOf(older.id), "job.json.part"), "{"); // and a change
  const all = await folders.readAll();
  assert.deepEqual(all, [{ ...older, state: "failed", error: { code: "usage", message: "why" } }, newer]);
  assert.equal((await stat(join(folder, ".jobs"))).mode & 0o077, 0, "for its owner only");

  await assert.rejects(JobFolders.open(folder), { code: "usage", message: /is in use/ });
  await folders.remove(older.id);
  assert.deepEqual(await folders.readAll(), [newer]);
  await folders.close();
  await (await JobFolders.open(folder)).close();
});

test("a folder that is not there and a job that makes no sense are told", async () => {
  await assert.rejects(JobFolders.open(join(folder, "none")), { code: "usage", message: /there is no folder .*none/ });
  assert.ok(!(await readdir(folder)).includes("none"), "a typing error makes no folder");
  const id = "d".repeat(32);
  const path = join(folder, ".jobs", id, "job.json");
  await mkdir(join(folder, ".jobs", id));
  const folders = await JobFolders.open(folder);
  for (const text of [
    "",
    "{",
    "{}",
    JSON.stringify(job("e", "now")),
    JSON.stringify({ ...job("d", "now"), state: 1 }),
  ]) {
    await writeFile(path, text);
    await assert.rejects(folders.readAll(), { code: "usage", message: `${path} is damaged; delete its folder` });
  }
  await folders.close();
});
