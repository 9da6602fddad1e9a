import type { S3Client } from "@aws-sdk/client-s3";
import { MedembedError } from "../errors.ts";

/** Its own retries, with growing waits, on what may be better next time. */
const ATTEMPTS = 5;
const SCHEME = "s3://";
const ADDRESS = /^s3:\/\/([^/]+)\/(.*)$/s;

/** An object of a bucket. */
export interface S3Object {
  /** `s3://bucket/key` */
  readonly address: string;
  readonly bytes: number;
}

export function isS3Address(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** All objects whose keys begin so, in the order of the keys. @throws MedembedError "usage", "not-found", "server-failed" */
export async function* listObjects(address: string): AsyncGenerator<S3Object> {
  const { bucket, key } = parseAddress(address);
  const { ListObjectsV2Command } = await load();
  const client = await openClient();
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: token });
    const page = await client.send(command).catch((error) => fail(error, `the bucket ${bucket} cannot be listed`));
    for (const { Key, Size = 0 } of page.Contents ?? []) {
      if (Key !== undefined && !Key.endsWith("/")) yield { address: `${SCHEME}${bucket}/${Key}`, bytes: Size };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** All of an object of at most so many bytes. @throws MedembedError "not-found", "image-too-large", "server-failed" */
export async function fetchObject(address: string, maxBytes: number): Promise<Uint8Array> {
  const { bytes, length } = await get(address, { maxBytes });
  if (length !== undefined && bytes.length !== length) {
    throw new MedembedError("server-failed", `the storage sent ${bytes.length} of ${length} bytes`);
  }
  return bytes;
}

/** The first bytes of an object, at most so many. @throws MedembedError "not-found", "server-failed" */
export async function fetchBeginning(address: string, length: number): Promise<Uint8Array> {
  return (await get(address, { maxBytes: length, range: `bytes=0-${length - 1}` })).bytes;
}

interface Wanted {
  readonly maxBytes: number;
  readonly range?: string;
}

async function get(address: string, { maxBytes, range: Range }: Wanted) {
  const { bucket, key } = parseAddress(address);
  const { GetObjectCommand } = await load();
  const client = await openClient();
  try {
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
    if (ContentLength !== undefined && ContentLength > maxBytes) {
      (Body as { destroy?: () => void } | undefined)?.destroy?.();
      throw new MedembedError("image-too-large", `${ContentLength} bytes, at most ${maxBytes} are read`);
    }
    return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), length: ContentLength };
  } catch (error) {
    return fail(error as Error, "the object cannot be read");
  }
}

function parseAddress(address: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = ADDRESS.exec(address.includes("/", SCHEME.length) ? address : `${address}/`) ?? [];
  if (bucket === undefined) throw new MedembedError("usage", `${address} is no address such as s3://bucket/folder/`);
  return { bucket, key };
}

/** Loaded by those alone who read from a bucket. */
function load() {
  return import("@aws-sdk/client-s3");
}

let opened: Promise<S3Client> | undefined;

/** From the environment: what LanceDB takes, and whatever else the client knows. @throws MedembedError "usage" */
function openClient(): Promise<S3Client> {
  opened ??= load().then(({ S3Client }) => {
    const { AWS_ENDPOINT, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_ALLOW_HTTP } = process.env;
    const endpoint = AWS_ENDPOINT_URL ?? AWS_ENDPOINT;
    if (endpoint?.startsWith("http:") && AWS_ALLOW_HTTP !== "true") {
      throw new MedembedError(
        "usage",
        "the storage is without TLS, so pictures can be read on their way; AWS_ALLOW_HTTP=true allows it",
      );
    }
    return new S3Client({
      region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1",
      maxAttempts: ATTEMPTS,
      ...(endpoint && { endpoint, forcePathStyle: true }), // other storages rarely have a name for each bucket
    });
  });
  return opened;
}

/** Nothing of the server's own words but its code. */
function fail(error: Error & { readonly $metadata?: { readonly httpStatusCode?: number } }, failure: string): never {
  if (error instanceof MedembedError) throw error;
  const status = error.$metadata?.httpStatusCode;
  const isGone = status === 404 || status === 403;
  const reason = status === undefined ? "it does not answer" : `it answers ${status} ${error.name}`;
  throw new MedembedError(isGone ? "not-found" : "server-failed", `${failure}: ${reason}`, { cause: error });
}
