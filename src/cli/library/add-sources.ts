import type { Embedder } from "../../embedder.ts";
import type { Identify } from "../../facts.ts";
import type { AddSource } from "../../library/find-out.ts";
import { DICOMWEB_SOURCE } from "../../library/record.ts";
import { sourceAt } from "../../library/source-at.ts";
import { isS3Address } from "../../s3/s3-source.ts";
import type { SeriesInput } from "../gather-series.ts";
import type { Input } from "../inputs.ts";
import type { RemoteSeries } from "../remote-series.ts";

type Found = Input | SeriesInput | RemoteSeries;

/** What a library takes, of what lists of files and of a server's series have, one list after the other. */
export async function* addSources(
  lists: Iterable<AsyncIterable<Found>>,
  embedder: Pick<Embedder, "findSeries">,
  identify: Identify,
): AsyncGenerator<AddSource> {
  for (const list of lists) for await (const found of list) yield sourceOf(found, embedder, identify);
}

/** What lies on a server is named by a hash of where it is: that holds UIDs. */
export function sourceOf(found: Found, embedder: Pick<Embedder, "findSeries">, identify: Identify): AddSource {
  const { id } = found;
  if (found.kind === "series") return { path: id, lend: (work) => work(found) };
  if (found.kind === "refused") return { source: id, name: id, fetch: () => Promise.reject(found.error) };
  if (found.kind === "remote-series") {
    const { name, listing, lend } = found;
    return {
      path: name,
      remote: { source: `${DICOMWEB_SOURCE}${identify("series", id)}`, listing },
      lend: (work) => lend(embedder, work),
    };
  }
  const { name = id, fetch, bytes } = found;
  if (isS3Address(id)) return sourceAt(id, bytes);
  return fetch ? { source: `${DICOMWEB_SOURCE}${identify("instance", id)}`, name, fetch } : { path: id };
}
