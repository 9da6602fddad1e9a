import { MAX_FILE_BYTES } from "../formats/image-limits.ts";
import { fetchObject, isS3Address } from "../s3/s3-source.ts";
import type { AddSource } from "./find-out.ts";

/** What is at a path, or at an address such as `s3://bucket/key`. @param bytes as they were listed */
export function sourceAt(path: string, bytes?: number): AddSource {
  if (!isS3Address(path)) return { path };
  return { source: path, name: path, bytes, fetch: () => fetchObject(path, MAX_FILE_BYTES) };
}
