import { type BootstrapOptions, differenceOf, type Estimate, type Figures, sampleEach } from "./metrics/bootstrap.ts";
import { checkNumbers, checkSameLength } from "./metrics/check-rows.ts";

/** A figure in one subgroup, and how far it is from that of all other rows, each with its 95 % interval. */
export interface SubgroupFigure {
  readonly own: Estimate;
  readonly gap: Estimate;
}

export interface Subgroup<Name extends string = string> {
  /** What its rows have in common, e.g. "female". */
  readonly value: string;
  readonly rows: number;
  /** Patients, for example. */
  readonly groups: number;
  /** NaN where it is not defined, as an area under the curve without positives. */
  readonly figures: Readonly<Record<Name, SubgroupFigure>>;
}

/**
 * The same figures in each subgroup, by sex, age band or maker for example. What matters is the gap and its interval: a small
 * subgroup has a wide one, whatever its value.
 * @param values [rows] @param groups of the rows, drawn as a whole by the bootstrap
 * @param figures computed on row weights, which are 0 outside of a subgroup
 * @returns by rising value
 */
export function compareSubgroups<Name extends string>(
  values: readonly string[],
  groups: readonly string[],
  figures: Figures<Name>,
  options: BootstrapOptions,
): Subgroup<Name>[] {
  checkSameLength("subgroups", values, "groups", groups);
  return [...new Set(values)].sort().map((value) => {
    const inside = (isInside: boolean) => (weights: Float64Array) =>
      weights.map((weight, row) => ((values[row] === value) === isInside ? weight : 0));
    const [own, others] = [true, false].map((isInside) =>
      sampleEach(groups, (weights) => figures(inside(isInside)(weights)), options),
    );
    const measured = (Object.keys(own) as Name[]).map((name): [Name, SubgroupFigure] => [
      name,
      { own: own[name].estimate, gap: differenceOf(own[name], others[name]).estimate },
    ]);
    const rows = [...values.keys()].filter((row) => values[row] === value);
    return {
      value,
      rows: rows.length,
      groups: new Set(rows.map((row) => groups[row])).size,
      figures: Object.fromEntries(measured) as Record<Name, SubgroupFigure>,
    };
  });
}

/**
 * The band of a number: with the cuts 18, 40 and 65, 40 is in "40 to 65" and 65 in "from 65 on".
 * @param cuts rising @throws MedembedError "invalid-data" for NaN
 */
export function bandOf(value: number, cuts: readonly number[]): string {
  checkNumbers("value", [value]);
  const above = cuts.findIndex((cut) => value < cut);
  if (above === 0) return `below ${cuts[0]}`;
  return above < 0 ? `from ${cuts[cuts.length - 1]} on` : `${cuts[above - 1]} to ${cuts[above]}`;
}
