import type { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import type { Identify } from "../../facts.ts";
import type { AddSource } from "../../library/find-out.ts";
import type { RemoteInput } from "../../queue/shard.ts";
import type { DicomWebServer } from "../dicomweb.ts";
import type { Input } from "../inputs.ts";
import { sourceOf } from "../library/add-sources.ts";
import { addressesOf, SeriesFetcher } from "../remote-series.ts";

interface RemoteInputs {
  readonly embedder: Pick<Embedder, "findSeries">;
  readonly identify: Identify;
  /** Ends what is being fetched, which then counts as not begun. */
  readonly signal: AbortSignal;
}

/** What inputs on a server are to a library. */
export function remoteInputs(
  { source }: DicomWebServer,
  { embedder, identify, signal }: RemoteInputs,
): (input: RemoteInput) => AddSource {
  const fetcher = new SeriesFetcher(source, signal);
  return ({ path, name, instances }) => {
    const addresses = addressesOf(path, instances);
    if (addresses.length === 0) {
      const reason = "it is no path of a DICOMweb service, as studies/…/series/…/instances/…"; // others are not asked for
      return { source: name, name, fetch: () => Promise.reject(new MedembedError("usage", reason)) };
    }
    if (instances) return sourceOf(fetcher.series(addresses, name), embedder, identify);
    const fetch = () =>
      source.fetch(addresses[0], signal).catch((error) => {
        throw signal.aborted ? new MedembedError("cancelled", "the file was not fetched to its end") : error;
      });
    const input: Input = { kind: "image", id: path, name, fetch };
    return sourceOf(input, embedder, identify);
  };
}
