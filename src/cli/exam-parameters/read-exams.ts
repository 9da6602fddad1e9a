import type { ExamSettings } from "../../applications/exam-parameters/exam-predictor.ts";
import { poolSeries } from "../../applications/exam-parameters/pool-series.ts";
import { LABEL_TARGETS } from "../../applications/exam-parameters/targets.ts";
import type { DescribedVectors } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { didYouMean } from "../../nearest-word.ts";
import { readVectorSet, texts } from "../adapter/read-inputs.ts";
import { collectRecords } from "../library/described-records.ts";
import { explainNone } from "../library/explain-none.ts";
import { whereFilter, withLibrary } from "../library/library-options.ts";
import { text, wholeNumber } from "../options.ts";

type Options = Readonly<Record<string, unknown>>;

const MAX_NEIGHBOURS = 100;

const UNITS: Readonly<Record<string, (set: DescribedVectors) => DescribedVectors>> = {
  series: poolSeries,
  picture: (set) => set,
};

/** The vectors of a file or of a library, with what stands beside them, one a series. @throws MedembedError "usage" and what reading throws */
export async function readExams(path: string | undefined, options: Options): Promise<DescribedVectors> {
  const per = text(options, "per") ?? "series";
  const inUnits = Object.hasOwn(UNITS, per) ? UNITS[per] : undefined;
  if (!inUnits) throw usage(`--per ${per} is unknown; known are ${Object.keys(UNITS).join(", ")}`);
  const where = whereFilter(options);
  const hasLibrary = text(options, "library") !== undefined;
  if ((path === undefined) !== hasLibrary) throw usage("name one source: a file of vectors, or --library");
  if (path !== undefined) {
    if (where.length > 0) throw usage("--where is for libraries");
    return inUnits(await readVectorSet(path));
  }
  return withLibrary(options, async (library) => {
    const records = await collectRecords(library, where);
    if (records.ids.length === 0) throw usage(`the library has no such records${await explainNone(library, where)}`);
    return inUnits(records);
  });
}

/**
 * What `--target` names, or all.
 * @throws MedembedError "usage" for what stands beside no vector
 */
export function labelTargets(options: Options, { columns }: DescribedVectors): readonly string[] {
  const all = Object.keys(LABEL_TARGETS);
  const given = texts(options, "target");
  for (const target of given) {
    if (all.includes(target) || columns.some((own) => own[target] !== undefined)) continue;
    const known = new Set([...all, ...columns.flatMap(Object.keys)]);
    throw usage(`--target ${target}: there is no column ${target}${didYouMean(target, known)}`);
  }
  return given.length > 0 ? [...new Set(given)] : all;
}

/** @throws MedembedError "usage" */
export function examSettings(options: Options): ExamSettings {
  return {
    neighbours: wholeNumber(options, "neighbours", 1, MAX_NEIGHBOURS) ?? 5,
    margin: shareOf(options, "margin", 0.2, (share) => share >= 0 && share <= 1),
    alpha: shareOf(options, "alpha", 0.1, (share) => share > 0 && share < 1),
  };
}

function shareOf(options: Options, name: string, usual: number, isFit: (share: number) => boolean): number {
  const given = text(options, name);
  if (given === undefined) return usual;
  const share = given.trim() === "" ? Number.NaN : Number(given);
  if (!isFit(share)) throw usage(`--${name} ${given} must be a share between 0 and 1, such as ${usual}`);
  return share;
}

function usage(message: string): MedembedError {
  return new MedembedError("usage", message);
}
