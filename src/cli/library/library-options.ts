import { MedembedError } from "../../errors.ts";
import { type Filter, parseCondition } from "../../library/filter.ts";
import type { Labels } from "../../library/record.ts";
import { text } from "../options.ts";

type Options = Readonly<Record<string, unknown>>;

/** @throws MedembedError "usage" where --library is missing */
export function libraryUri(options: Options): string {
  const uri = text(options, "library");
  if (uri === undefined) throw new MedembedError("usage", "name the library: --library <folder|uri>");
  return uri;
}

/** @throws MedembedError "usage" */
export function whereFilter(options: Options): Filter {
  return ((options.where as string[] | undefined) ?? []).map(parseCondition);
}

/** The labels of `name=value`, each given once. @throws MedembedError "usage" */
export function labelsOf(given: readonly string[] = []): Labels {
  const labels: Record<string, string> = {};
  for (const label of given) {
    const end = label.indexOf("=");
    if (end < 1) throw new MedembedError("usage", "a label looks like finding=pneumonia");
    labels[label.slice(0, end)] = label.slice(end + 1);
  }
  return labels;
}
