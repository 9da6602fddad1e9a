import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/commands.ts";
import { writeNifti } from "../formats/nifti/write-nifti.ts";
import {
  DIRECT_CARD,
  golden,
  goldenFile,
  largestDifference,
  makeCheckpoint,
  temporaryFolder,
} from "../golden-small.ts";
import { isS3ServerInstalled, startS3Server } from "../library/s3-server.ts";
import { parseLines } from "./run.ts";

if (!isS3ServerInstalled) {
  test("pictures and volumes are embedded from a bucket where there is a server", {
    skip: "moto_server is not",
  }, () => {});
} else {
  const env = await startS3Server();
  Object.assign(process.env, env);

  test("pictures and volumes are embedded from a bucket", async () => {
    const folder = await temporaryFolder();
    const model = await makeCheckpoint(join(folder, "golden-small"), { card: DIRECT_CARD });
    const [picture] = golden.images;
    const values = Array.from({ length: 300 }, (_, i) => (i * 37) % 101);
    const objects = {
      "a.png": await readFile(goldenFile(picture.file)),
      "b.nii": writeNifti(values, { dims: [10, 10, 3] }),
    };
    for (const [key, body] of Object.entries(objects)) {
      assert.ok((await fetch(`${env.AWS_ENDPOINT}/pictures/in/${key}`, { method: "PUT", body: Buffer.from(body) })).ok);
    }
    const out = join(folder, "vectors.jsonl");
    const embed = await COMMANDS.embed.load();
    const options = { model, cache: join(folder, "cache"), precision: "fp32", threads: "1", out };
    assert.equal(await embed(["s3://pictures/in/"], options), 0);
    const records = parseLines(await readFile(out, "utf8"));
    assert.deepEqual(
      records.map(({ id, kind }) => [id, kind]),
      [
        ["s3://pictures/in/a.png", "image"],
        ["s3://pictures/in/b.nii", "volume"],
      ],
    );
    assert.ok(largestDifference(records[0].vector, picture.embedding) < 5e-6);
  });
}
