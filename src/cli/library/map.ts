import { PROJECTIONS, type ProjectionName } from "../../applications/projection/project.ts";
import { projectInThread } from "../../applications/projection/projection.ts";
import { MedembedError } from "../../errors.ts";
import { columnsOf } from "../../library/columns-of.ts";
import type { Library } from "../../library/library.ts";
import { type LibraryMap, readMap, saveMap } from "../../library/library-map.ts";
import type { Columns } from "../../vector-files/vector-file.ts";
import { seedOf } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { Progress } from "../progress.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { collectRecords, requireField } from "./described-records.ts";
import { withLibrary } from "./library-options.ts";
import { mapReport } from "./map-report.ts";

/** Steps that progress is told in. */
const STEPS = 1_000;

export const map: Run = async (_, options) => {
  const method = text(options, "method") ?? "umap";
  if (!isMethod(method)) {
    throw new MedembedError("usage", `--method ${method} is unknown; known are ${Object.keys(PROJECTIONS).join(", ")}`);
  }
  const seed = seedOf(options);
  const colour = text(options, "colour") ?? "modality";
  requireField(colour, "--colour");
  const reportFile = reportPath(options);
  return withLibrary(options, async (library) => {
    const kept = options.renew ? undefined : await readMap(library);
    const isKept = kept?.method === method && kept.seed === seed;
    const drawn = isKept ? kept : await makeMap(library, method, seed);
    const records: Columns[] = [];
    for await (const record of library.records()) records.push(columnsOf(record));
    const report = mapReport(drawn, { records, colour, space: library.head });
    if (reportFile !== undefined) await writeReport(reportFile, report);
    const { notPlaced } = report.figures;
    if (notPlaced > 0) console.error(`note: records added later have no place: ${notPlaced}; --renew gives them one`);
    if (options.json) console.log(JSON.stringify(report.figures, null, 2));
    else console.log(`${report.about}${isKept ? ", as it was kept" : ""}`);
    return 0;
  });
};

function isMethod(name: string): name is ProjectionName {
  return Object.hasOwn(PROJECTIONS, name);
}

async function makeMap(library: Library, method: ProjectionName, seed: number): Promise<LibraryMap> {
  const version = await library.version(); // before the vectors are read: what comes meanwhile is not promised a place
  const { ids, vectors } = await collectRecords(library, []);
  const progress = new Progress("steps");
  progress.total = STEPS;
  let told = 0;
  const { values } = await projectInThread(method, vectors, seed, (share) => {
    const done = Math.floor(share * STEPS);
    progress.add(done - told);
    told = done;
  });
  progress.end();
  const places = new Map(ids.map((id, row) => [id, [values[2 * row], values[2 * row + 1]] as const]));
  const made = { method, seed, version, made: new Date().toISOString(), places };
  await saveMap(library, made);
  return made;
}
