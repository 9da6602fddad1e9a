import { joinLabels } from "../../applications/join-labels.ts";
import { MedembedError } from "../../errors.ts";
import { measureRecall } from "../../library/recall.ts";
import type { Columns } from "../../vector-files/vector-file.ts";
import { needed } from "../adapter/read-inputs.ts";
import { collectRecords, requireField } from "../library/described-records.ts";
import { whereFilter, withLibrary } from "../library/library-options.ts";
import { namesOf, type Search } from "./read-search.ts";

/** The records of a library that have the field, each looked for among all others, patients apart; with the recall of its index, if it has one. */
export async function readLibrary(
  options: Readonly<Record<string, unknown>>,
  ranks: readonly number[],
): Promise<Search & { readonly indexRecall: readonly number[] | undefined }> {
  const field = needed(options, "label");
  requireField(field, "--label");
  return withLibrary(options, async (library) => {
    const { columns, ...set } = await collectRecords(library, whereFilter(options));
    const labelOf = (row: Columns) => String(row[field] ?? "");
    if (columns.every((row) => labelOf(row) === "")) {
      throw new MedembedError(
        "invalid-data",
        `no record of the library has ${field}: label them, or name another field`,
      );
    }
    const table = set.ids.map((id, row) => ({
      id,
      label: labelOf(columns[row]),
      group: columns[row].patient === undefined ? undefined : String(columns[row].patient),
      line: row + 1,
      cells: {},
    }));
    const names = namesOf(table);
    const gallery = joinLabels(set, table, names);
    const without = set.ids.length - gallery.ids.length;
    if (without > 0) console.error(`note: ${without} records have no ${field} and are left out`);
    if (columns.some(({ patient }) => patient === undefined)) {
      console.error("note: records whose patient is not known are taken for independent");
    }
    const hasIndex = (await library.stats()).indexed !== undefined;
    const indexRecall: number[] = [];
    for (const k of hasIndex ? ranks : []) indexRecall.push(await measureRecall(library, k));
    return { queries: gallery, gallery, names, space: library.head, indexRecall: hasIndex ? indexRecall : undefined };
  });
}
