import { availableParallelism } from "node:os";
import { defaultCacheFolder } from "../convert/bundle-cache.ts";
import type { EmbedderOptions } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { PRECISIONS } from "../models/bundle.ts";
import { buildProgress } from "./build-progress.ts";

type Options = Readonly<Record<string, unknown>>;

/** The options that every command with a model shares, checked. @throws MedembedError "usage" */
export function modelOptions(
  options: Options,
): EmbedderOptions & { readonly cacheFolder: string; readonly threads: number } {
  return {
    model: text(options, "model"),
    profile: text(options, "profile"),
    precision: precision(options),
    threads: threads(options),
    cacheFolder: text(options, "cache") ?? process.env.MEDEMBED_CACHE ?? defaultCacheFolder(),
    onBuild: buildProgress("building the model for this machine, once"),
  };
}

/** The value of an option that takes one. */
export function text(options: Options, name: string): string | undefined {
  return options[name] as string | undefined;
}

/** The value of an option that takes a whole number. @throws MedembedError "usage" */
export function wholeNumber(options: Options, name: string, min: number, max: number): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new MedembedError("usage", `--${name} ${given} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

function precision(options: Options): EmbedderOptions["precision"] {
  const found = text(options, "precision") ?? "auto";
  const rung = ["auto" as const, ...PRECISIONS].find((known) => known === found);
  if (rung === undefined)
    throw new MedembedError("usage", `--precision ${found} is unknown; known are auto, ${PRECISIONS.join(", ")}`);
  return rung;
}

function threads(options: Options): number {
  const found = text(options, "threads");
  if (found === undefined) return availableParallelism();
  const count = Number(found);
  if (!Number.isInteger(count) || count < 1 || count > 1024)
    throw new MedembedError("usage", `--threads ${found} must be a whole number from 1 to 1024`);
  return count;
}
