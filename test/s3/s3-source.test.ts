import assert from "node:assert/strict";
import { test } from "node:test";
import type { MedembedError } from "../../src/errors.ts";
import { fetchBeginning, fetchObject, isS3Address, listObjects } from "../../src/s3/s3-source.ts";
import { isS3ServerInstalled, startS3Server } from "../library/s3-server.ts";
import { collect } from "../library/synthetic.ts";

if (!isS3ServerInstalled) {
  test("objects are read from a real S3 server where one is installed", { skip: "moto_server is not" }, () => {});
} else {
  const env = await startS3Server();
  Object.assign(process.env, env);
  const put = async (key: string, body: string) => {
    const { ok } = await fetch(`${env.AWS_ENDPOINT}/pictures/${encodeURIComponent(key)}`, { method: "PUT", body });
    assert.ok(ok);
  };
  for (const key of ["a/2", "a/1 ü&+%.png", "ab", "a/", "c"]) await put(key, `bytes of ${key}`);

  test("objects are listed in the order of their keys, without folders, and read whole or from the beginning", async () => {
    const found = await collect(listObjects("s3://pictures/a/"));
    assert.deepEqual(
      found.map(({ address }) => address),
      ["s3://pictures/a/1 ü&+%.png", "s3://pictures/a/2"],
    );
    assert.equal((await collect(listObjects("s3://pictures"))).length, 4);
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    assert.equal(text(await fetchObject(found[0].address, 100)), "bytes of a/1 ü&+%.png");
    assert.equal(found[0].bytes, Buffer.byteLength("bytes of a/1 ü&+%.png"));
    assert.equal(text(await fetchBeginning(found[1].address, 5)), "bytes");
  });

  test("what is not there, too large or out of reach is told by its code, without the secret", async () => {
    const refusals: [() => Promise<unknown>, code: string, message: RegExp][] = [
      [
        () => fetchObject("s3://pictures/none", 9),
        "not-found",
        /^the object cannot be read: it answers 404 NoSuchKey$/,
      ],
      [
        () => collect(listObjects("s3://none/a")),
        "not-found",
        /^the bucket none cannot be listed: it answers 404 NoSuchBucket$/,
      ],
      [() => fetchObject("s3://pictures/c", 9), "image-too-large", /^10 bytes, at most 9 are read$/],
    ];
    for (const [ask, code, message] of refusals) {
      await assert.rejects(ask(), (error: MedembedError) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /not-to-be-told/);
        return error.code === code;
      });
    }
  });
}

test("an address is told from a path, and one without a bucket is refused", async () => {
  assert.deepEqual(["s3://b/k", "S3", "./s3://b"].map(isS3Address), [true, false, false]);
  await assert.rejects(fetchObject("s3:///key", 9), /s3:\/\/\/key is no address such as s3:\/\/bucket\/folder\//);
});
