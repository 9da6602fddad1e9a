import { MedembedError } from "../../errors.ts";
import type { Library } from "../../library/library.ts";
import { readLabelTable } from "../../library/read-label-table.ts";
import { measureRecall } from "../../library/recall.ts";
import { labelRecords, relabel } from "../../library/relabel.ts";
import { findFaults, findLostFiles } from "../../library/verify.ts";
import { jsonLines } from "../../vector-files/json-lines.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { labelsOf, texts, whereFilter, withLibrary } from "./library-options.ts";

export const stats: Run = (_, options) =>
  withLibrary(options, async (library) => {
    const { model, weights, profile, dimensions } = library.head;
    const { indexed, ...counts } = await library.stats();
    const labels = await library.labelNames();
    const index = indexed === undefined ? null : { records: indexed, recallAt10: await measureRecall(library) };
    await print(options, { model, weights, profile, dimensions, ...counts, labels, index });
    return 0;
  });

export const compact: Run = (_, options) =>
  withLibrary(options, async (library) => {
    await library.compact({ isAlone: options.purge === true });
    const { records, bytes, files, indexed } = await library.stats();
    const recallAt10 = indexed === undefined ? undefined : await measureRecall(library);
    await print(options, { records, bytes, files, ...(recallAt10 !== undefined && { recallAt10 }) });
    return 0;
  });

export const verify: Run = (_, options) =>
  withLibrary(options, async (library) => {
    const lines = jsonLines(process.stdout);
    let faults = 0;
    const tell = async (fault: { readonly id: string }, words: string) => {
      faults++;
      if (options.json) await lines.write(fault);
      else process.stdout.write(`${words}\n`);
    };
    for await (const fault of findFaults(library)) await tell(fault, `FAIL ${fault.id}: ${fault.reason}`);
    if (options.files) {
      for await (const lost of findLostFiles(library)) await tell(lost, `${lost.state}: ${lost.source}`);
    }
    console.error(`${await library.count()} records, ${faults} with faults`);
    return faults > 0 ? 1 : 0;
  });

export const remove: Run = async (_, options) => {
  const where = whereFilter(options);
  if ((where.length === 0) === (options.lost !== true)) {
    throw new MedembedError(
      "usage",
      "say which records go: --where, or --lost for those whose files are gone or changed",
    );
  }
  return withLibrary(options, async (library) => {
    const removed = options.lost ? await removeLost(library) : await library.remove(where);
    console.error(`${removed} removed; \`medembed library compact --purge\` takes them off the disk`);
    return 0;
  });
};

export const label: Run = async (_, options) => {
  const where = whereFilter(options);
  const set = labelsOf(texts(options, "set"));
  const unset = texts(options, "unset") ?? [];
  const table = text(options, "from");
  const isChange = Object.keys(set).length + unset.length > 0;
  if (isChange === (table !== undefined)) {
    throw new MedembedError("usage", "say what to change: --set and --unset, or --from a table");
  }
  return withLibrary(options, async (library) => {
    let unknown = 0;
    const changed =
      table === undefined
        ? await relabel(library, where, { set, unset })
        : await labelRecords(library, readLabelTable(table), (key) => {
            unknown++;
            console.error(`not in the library: ${key}`);
          });
    console.error(`${changed} changed${unknown > 0 ? `, ${unknown} not in the library` : ""}`);
    return unknown > 0 ? 1 : 0;
  });
};

/** Ids are long: so many fit into a filter. */
const IDS_A_FILTER = 1_000;

async function removeLost(library: Library): Promise<number> {
  const ids: string[] = [];
  for await (const { id } of findLostFiles(library)) ids.push(id);
  let removed = 0;
  for (let at = 0; at < ids.length; at += IDS_A_FILTER) {
    removed += await library.remove([{ field: "id", operator: "=", values: ids.slice(at, at + IDS_A_FILTER) }]);
  }
  return removed;
}

/** Names and values below one another, or as JSON. */
async function print(
  options: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (options.json) return jsonLines(process.stdout).write(found);
  const width = Math.max(...Object.keys(found).map(({ length }) => length));
  for (const [name, value] of Object.entries(found)) {
    process.stdout.write(`${name.padEnd(width)}  ${inWords(value)}\n`);
  }
}

function inWords(value: unknown): unknown {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : value;
}
