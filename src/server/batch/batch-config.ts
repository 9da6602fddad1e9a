import { dirname, resolve } from "node:path";
import Type, { type Static } from "typebox";

/** `batch` in the config. */
export const BatchSchema = Type.Object(
  {
    folder: Type.String({
      minLength: 1,
      description: "its subfolders are the inputs of jobs; from the config's folder",
    }),
  },
  { additionalProperties: false },
);

export interface BatchConfig {
  /** Its subfolders are the inputs of jobs; the jobs lie in `.jobs` below it. */
  readonly folder: string;
}

/** @param configPath the config's file, from whose folder this one is named */
export function readBatchConfig({ folder }: Static<typeof BatchSchema>, configPath = ""): BatchConfig {
  return { folder: resolve(dirname(configPath), folder) };
}
