import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { buildBundle } from "../convert/build-bundle.ts";
import { hashWeights } from "../convert/bundle-cache.ts";
import { choosePrecision } from "../convert/open-bundle.ts";
import { MedembedError } from "../errors.ts";
import { locateCheckpoint } from "../models/checkpoint-folder.ts";
import { modelFolder } from "../models/registry.ts";
import type { Run } from "./commands.ts";
import { modelOptions, text } from "./options.ts";
import { Progress } from "./progress.ts";

export const convert: Run = async ([model], options) => {
  const out = text(options, "out");
  if (out === undefined) throw new MedembedError("usage", "convert needs --out <folder>");
  if (await stat(out).catch(() => undefined)) throw new MedembedError("usage", `${out} exists already`);
  const { precision, cacheFolder } = modelOptions(options);
  const checkpoint = await locateCheckpoint(await modelFolder(model));
  const progress = new Progress("% of the weights");
  progress.total = 100;
  let shown = 0;
  const bundle = await buildBundle(checkpoint, resolve(out), {
    precision: await choosePrecision(checkpoint, precision),
    weightsHash: await hashWeights(checkpoint.weights, cacheFolder),
    onProgress: (done) => {
      progress.add(100 * done - shown);
      shown = 100 * done;
    },
  });
  const seconds = progress.end();
  console.error(`${out}: ${bundle.card.precision}, ${seconds.toFixed(1)} s`);
  return 0;
};
