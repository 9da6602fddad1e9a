import { joinLabels } from "../../applications/join-labels.ts";
import { rankVolumes, slicesByVolume } from "../../applications/retrieval/rank-volumes.ts";
import { MedembedError } from "../../errors.ts";
import { needed, readVectorSet } from "../adapter/read-inputs.ts";
import { readLabels } from "../adapter/read-labels.ts";
import { namesOf } from "./read-search.ts";

/**
 * Volumes of a file of slices, each looked for among all others. A volume's id is what stands before the last separator in that of a slice:
 * `ct.nii.gz` of `ct.nii.gz#12`, or a folder.
 */
export async function rankVolumeFile(
  vectors: string,
  separator: string,
  options: Readonly<Record<string, unknown>>,
  depth: number,
) {
  const table = await readLabels(needed(options, "labels"));
  const set = await readVectorSet(vectors);
  const slices = slicesByVolume(set, (id) => beforeLast(id, separator));
  const ids = [...slices.keys()];
  const names = namesOf(table);
  const nothing = { rows: ids.length, columns: 0, values: new Float32Array() }; // labels are joined by ids alone
  const joined = joinLabels({ ids, vectors: nothing }, table, names);
  for (const note of joined.notes) console.error(`note: ${note}`);
  const volumes = joined.ids.map((id, row) => ({
    id,
    label: joined.labels[row],
    group: joined.groups[row],
    slices: slices.get(id)!,
  }));
  return { methods: rankVolumes(volumes, depth), queries: joined, names, space: set.space, items: volumes.length };
}

/** @throws MedembedError "invalid-data" */
function beforeLast(id: string, separator: string): string {
  const end = id.lastIndexOf(separator);
  if (separator !== "" && end > 0) return id.slice(0, end);
  throw new MedembedError(
    "invalid-data",
    `an id has no "${separator}" behind the name of a volume: --volumes says what stands between volume and slice`,
  );
}
