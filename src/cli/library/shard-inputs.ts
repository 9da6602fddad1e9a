import { resolve } from "node:path";
import { Preparation } from "../../preparation/preparation.ts";
import type { ShardInput } from "../../queue/shard.ts";
import { isS3Address } from "../../s3/s3-source.ts";
import { gatherSeries, type SeriesInput } from "../gather-series.ts";
import type { Input } from "../inputs.ts";
import type { RemoteSeries } from "../remote-series.ts";

type Found = Input | SeriesInput | RemoteSeries;

/** Paths as every machine understands them: absolute, addresses of buckets, or what comes behind the root of a DICOMweb service. */
export async function* shardInputs(found: AsyncIterable<Found>): AsyncGenerator<ShardInput> {
  for await (const input of found) yield shardInput(input);
}

/** Reads the headers of all files, and has the series that they make behind what is no DICOM file. */
export async function* seriesOf(
  inputs: AsyncIterable<Input>,
  signal: AbortSignal,
): AsyncGenerator<Input | SeriesInput> {
  const preparation = new Preparation(1);
  try {
    yield* gatherSeries(inputs, { findSeries: (paths) => preparation.findSeries({ paths }) }, signal);
  } finally {
    await preparation.close();
  }
}

function shardInput(input: Found): ShardInput {
  if (input.kind === "remote-series") {
    const { id, name, instances } = input;
    return { kind: "remote", path: id, name, instances };
  }
  const path = isS3Address(input.id) ? input.id : resolve(input.id);
  if (input.kind === "series") {
    const slices = input.series.slices.map((slice) => ({ ...slice, path: resolve(slice.path) }));
    return { kind: "series", path, series: { ...input.series, slices } };
  }
  if (input.kind === "refused") {
    const { code, message: reason } = input.error;
    return { kind: "refused", path, code, reason };
  }
  if (input.name !== undefined) return { kind: "remote", path: input.id, name: input.name };
  return { path, ...(input.bytes !== undefined && { bytes: input.bytes }) };
}
