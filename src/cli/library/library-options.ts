import { MedembedError } from "../../errors.ts";
import { type Filter, parseCondition } from "../../library/filter.ts";
import { Library } from "../../library/library.ts";
import type { Labels } from "../../library/record.ts";
import { text } from "../options.ts";

type Options = Readonly<Record<string, unknown>>;

/** @throws MedembedError "usage" where --library is missing */
export function libraryUri(options: Options): string {
  const uri = text(options, "library");
  if (uri === undefined) throw new MedembedError("usage", "name the library: --library <folder|uri>");
  return uri;
}

/** Does something with the library that is named, which must exist. */
export async function withLibrary<Result>(
  options: Options,
  work: (library: Library) => Promise<Result>,
): Promise<Result> {
  const library = await Library.open({ uri: libraryUri(options) });
  try {
    return await work(library);
  } finally {
    await library.close();
  }
}

/** @throws MedembedError "usage" */
export function whereFilter(options: Options): Filter {
  return (texts(options, "where") ?? []).map(parseCondition);
}

/** The labels of `name=value`. @throws MedembedError "usage" */
export function labelsOf(given: readonly string[] = []): Labels {
  return Object.fromEntries(
    given.map((label) => {
      const end = label.indexOf("=");
      if (end < 1) throw new MedembedError("usage", "a label looks like finding=pneumonia");
      return [label.slice(0, end), label.slice(end + 1)];
    }),
  );
}

/** The values of an option that may be given several times. */
export function texts(options: Options, name: string): readonly string[] | undefined {
  return options[name] as readonly string[] | undefined;
}
