import { OUTLIER_METHODS, type OutlierMethod } from "../../applications/outliers/outlier-detector.ts";
import { MedembedError } from "../../errors.ts";
import { text, wholeNumber } from "../options.ts";
import { reportPath } from "../report-files.ts";
import { type RowFormat, rowFormatOf } from "./row-formats.ts";

type Options = Readonly<Record<string, unknown>>;

const MAX_NEIGHBOURS = 100;
const DEFAULT_ALPHA = 0.05;

const METHODS: Readonly<Record<string, readonly OutlierMethod[]>> = {
  ...Object.fromEntries(Object.keys(OUTLIER_METHODS).map((name) => [name, [name as OutlierMethod]])),
  both: Object.keys(OUTLIER_METHODS) as OutlierMethod[],
};

/** How many characters of a time, ISO 8601, name the bucket. */
const TIME_UNITS: Readonly<Record<string, number>> = { day: 10, month: 7, year: 4 };
const TIME_FIELD = "added";

/** What rows are put together by to see whether scores change. */
export interface Drift {
  readonly field: string;
  /** Characters of the value that count; undefined for all. */
  readonly characters: number | undefined;
}

export interface OutlierSettings {
  readonly methods: readonly OutlierMethod[];
  readonly neighbours: number;
  readonly alpha: number;
  readonly drift: Drift | undefined;
  readonly out: string | undefined;
  readonly format: RowFormat;
  readonly isJson: boolean;
  /** Where a page goes, if one is wanted. */
  readonly reportFile: string | undefined;
}

/** @param hasOutliers whether some are known: then they set the threshold @throws MedembedError "usage" */
export function outlierSettings(options: Options, hasOutliers: boolean): OutlierSettings {
  const method = text(options, "method") ?? "knn";
  const methods = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!methods) throw usage(`--method ${method} is unknown; known are ${Object.keys(METHODS).join(", ")}`);
  const given = text(options, "alpha");
  if (given !== undefined && hasOutliers) {
    throw usage("--alpha and --outliers are two ways to a threshold: give one of them");
  }
  const alpha = Number(given?.trim() || (given === undefined ? DEFAULT_ALPHA : Number.NaN));
  if (!(alpha > 0 && alpha < 1)) throw usage(`--alpha ${given} must be a share between 0 and 1, such as 0.05`);
  const out = text(options, "out");
  return {
    methods,
    neighbours: wholeNumber(options, "neighbours", 1, MAX_NEIGHBOURS) ?? 2,
    alpha,
    drift: driftOf(text(options, "drift")),
    out,
    format: rowFormatOf(out),
    isJson: options.json === true,
    reportFile: reportPath(options),
  };
}

function driftOf(given: string | undefined): Drift | undefined {
  if (given === undefined) return undefined;
  const [field, unit = field === TIME_FIELD ? "month" : undefined, ...rest] = given.split(":");
  const characters = unit === undefined ? undefined : TIME_UNITS[unit];
  if (field === "" || rest.length > 0 || (unit !== undefined && characters === undefined)) {
    throw usage(`--drift ${given} must be a field, or one with ${Object.keys(TIME_UNITS).join(", ")}, as in added:day`);
  }
  return { field, characters };
}

function usage(message: string): MedembedError {
  return new MedembedError("usage", message);
}
