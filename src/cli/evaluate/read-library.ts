import { itemsOfField } from "../../applications/retrieval/items-of-field.ts";
import { MedembedError } from "../../errors.ts";
import { LABEL_PREFIX } from "../../library/columns-of.ts";
import type { Library } from "../../library/library.ts";
import { measureRecall } from "../../library/recall.ts";
import { didYouMean } from "../../nearest-word.ts";
import { needed } from "../adapter/read-inputs.ts";
import { collectRecords, requireField } from "../library/described-records.ts";
import { explainNone } from "../library/explain-none.ts";
import { whereFilter, withLibrary } from "../library/library-options.ts";
import type { Search } from "./read-search.ts";

/** The records of a library that have the field, each looked for among all others, patients apart; with the recall of its index, if it has one. */
export async function readLibrary(
  options: Readonly<Record<string, unknown>>,
  ranks: readonly number[],
): Promise<Search & { readonly indexRecall: readonly number[] | undefined }> {
  const field = needed(options, "label");
  requireField(field, "--label");
  return withLibrary(options, async (library) => {
    const where = whereFilter(options);
    const set = await collectRecords(library, where);
    if (set.ids.length === 0) {
      throw new MedembedError("usage", `the library has no such records${await explainNone(library, where)}`);
    }
    const { items: gallery, names } = itemsOfField(set, field);
    if (names.length === 0) {
      throw new MedembedError(
        "invalid-data",
        `no record of the library has ${field}: label them, or name another field${await hintFor(field, library)}`,
      );
    }
    const without = set.ids.length - gallery.ids.length;
    if (without > 0) console.error(`note: ${without} records have no ${field} and are left out`);
    if (set.columns.some(({ patient }) => patient === undefined)) {
      console.error("note: records whose patient is not known are taken for independent");
    }
    const hasIndex = (await library.stats()).indexed !== undefined;
    const indexRecall: number[] = [];
    for (const k of hasIndex ? ranks : []) indexRecall.push(await measureRecall(library, k));
    return { queries: gallery, gallery, names, space: library.head, indexRecall: hasIndex ? indexRecall : undefined };
  });
}

async function hintFor(field: string, library: Library): Promise<string> {
  return field.startsWith(LABEL_PREFIX) ? didYouMean(field.slice(LABEL_PREFIX.length), await library.labelNames()) : "";
}
