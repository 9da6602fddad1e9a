import { MedembedError } from "../errors.ts";
import type { AddSource } from "../library/find-out.ts";
import { listSeries } from "../library/series-source.ts";
import { sourceAt } from "../library/source-at.ts";
import type { RemoteInput, SeriesFiles, ShardInput } from "./shard.ts";

/** What an input of a shard is to a library. @param remote for what lies on the run's server, if it has one */
export function sourceOf(input: ShardInput, remote?: (input: RemoteInput) => AddSource): AddSource {
  const { path } = input;
  if (input.kind === "remote") {
    if (!remote) throw new MedembedError("queue-failed", "a run without a DICOMweb server has an input on one");
    return remote(input);
  }
  if (input.kind === "series") {
    return {
      path,
      lend: async (work) => {
        await requireSettled(input);
        return work({ series: input.series });
      },
    };
  }
  if (input.kind === "row") throw new MedembedError("queue-failed", "a run of a library has a row of a CSV file");
  if (input.kind === "refused") {
    const { code, reason } = input;
    return { source: path, name: path, fetch: () => Promise.reject(new MedembedError(code, reason)) };
  }
  return sourceAt(path, input.bytes);
}

/** What was planned is true of the files as they were then. @throws MedembedError "corrupt-image", "not-found" */
async function requireSettled({ series, listing }: SeriesFiles): Promise<void> {
  if ((await listSeries(series)).listing === listing) return;
  throw new MedembedError(
    "corrupt-image",
    "files of the series were written to since the run was planned; add it when it is complete",
  );
}
