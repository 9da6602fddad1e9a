import { type JoinedLabels, joinLabels } from "../../applications/join-labels.ts";
import { collectVectors, type DescribedVectors, type VectorSet } from "../../applications/vector-set.ts";
import { MedembedError } from "../../errors.ts";
import { readVectors } from "../../vector-files/vector-file.ts";
import { text } from "../options.ts";
import { readLabels } from "./read-labels.ts";

type Options = Readonly<Record<string, unknown>>;

/** @throws MedembedError for what is no usable file of vectors */
export function readVectorSet(path: string): Promise<DescribedVectors> {
  return collectVectors(readVectors(path), path);
}

/** Joins vectors with the table of `--labels`, and says on standard error what is worth a look. @param known the classes, if they are */
export async function readLabelled(set: VectorSet, options: Options, known?: readonly string[]): Promise<JoinedLabels> {
  const joined = joinLabels(set, await readLabels(needed(options, "labels")), known);
  for (const note of joined.notes) console.error(`note: ${note}`);
  return joined;
}

/** The value of an option that the command cannot do without. @throws MedembedError "usage" */
export function needed(options: Options, name: string, flag = `--${name}`): string {
  const given = text(options, name);
  if (given === undefined) throw new MedembedError("usage", `${flag} is needed`);
  return given;
}

/** The values of an option that may be given several times. */
export function texts(options: Options, name: string): readonly string[] {
  return (options[name] as readonly string[] | undefined) ?? [];
}
