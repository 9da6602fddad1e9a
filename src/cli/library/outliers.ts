import { MedembedError } from "../../errors.ts";
import { type Filter, parseCondition } from "../../library/filter.ts";
import type { Library } from "../../library/library.ts";
import type { Run } from "../flags.ts";
import { outlierSettings } from "../outliers/outlier-options.ts";
import { runOutliers } from "../outliers/run-outliers.ts";
import { collectRecords, recordBlocks } from "./described-records.ts";
import { explainNone } from "./explain-none.ts";
import { texts, whereFilter, withLibrary } from "./library-options.ts";

export const outliers: Run = async (_, options) => {
  const [reference, known] = ["reference", "outliers"].map((name) => texts(options, name)?.map(parseCondition));
  if (!reference) {
    throw new MedembedError("usage", "say which records are the accepted ones: --reference label.quality=accepted");
  }
  const where = whereFilter(options);
  const settings = outlierSettings(options, known !== undefined);
  return withLibrary(options, async (library) => {
    const inputs = {
      reference: await collectSome(library, reference, "--reference"),
      outliers: known && (await collectSome(library, known, "--outliers")),
      judged: recordBlocks(library, where),
      total: await library.count(where),
    };
    return runOutliers(inputs, settings);
  });
};

async function collectSome(library: Library, where: Filter, flag: string) {
  const found = await collectRecords(library, where);
  if (found.ids.length === 0) {
    throw new MedembedError("usage", `no record of the library is as ${flag} says${await explainNone(library, where)}`);
  }
  return found;
}
