import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { buildBundle } from "../convert/build-bundle.ts";
import { hashWeights } from "../convert/bundle-cache.ts";
import { choosePrecision } from "../convert/open-bundle.ts";
import { MedembedError } from "../errors.ts";
import { locateCheckpoint } from "../models/checkpoint-folder.ts";
import { modelFolder } from "../models/registry.ts";
import { buildProgress } from "./build-progress.ts";
import type { Run } from "./flags.ts";
import { modelOptions, text } from "./options.ts";

export const convert: Run = async ([model], options) => {
  const out = text(options, "out");
  if (out === undefined) throw new MedembedError("usage", "convert needs --out <folder>");
  if (await stat(out).catch(() => undefined)) throw new MedembedError("usage", `${out} exists already`);
  const { precision, cacheFolder } = modelOptions(options);
  const checkpoint = await locateCheckpoint(await modelFolder(model));
  const started = performance.now();
  const bundle = await buildBundle(checkpoint, resolve(out), {
    precision: await choosePrecision(checkpoint, precision),
    weightsHash: await hashWeights(checkpoint.weights, cacheFolder),
    onProgress: buildProgress("building"),
  });
  console.error(`${out}: ${bundle.card.precision}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return 0;
};
