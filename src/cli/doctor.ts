import { readFileSync } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { choosePrecision } from "../convert/open-bundle.ts";
import { isBundle } from "../models/bundle.ts";
import { locateCheckpoint } from "../models/checkpoint-folder.ts";
import { cpu } from "../models/cpu.ts";
import { DEFAULT_MODEL, modelFolder } from "../models/registry.ts";
import type { Run } from "./flags.ts";
import { modelOptions } from "./options.ts";

export const doctor: Run = async (_args, options) => {
  const { cacheFolder, model = DEFAULT_MODEL, threads } = modelOptions(options);
  const folder = await modelFolder(model);
  const { dependencies, version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const processor = cpu();
  const findings = {
    medembed: version,
    node: process.version,
    onnxruntime: dependencies["onnxruntime-node"],
    platform: `${process.platform} ${process.arch}`,
    cpu: processor.model,
    instructionSets: processor.flags?.join(" ") ?? "not told by this system",
    cores: availableParallelism(),
    coresUsed: threads,
    memory: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}`,
    cacheFolder,
    cacheWritable: await isWritable(cacheFolder),
    model: folder,
    precision: (await isBundle(folder))
      ? "as the bundle was built"
      : await choosePrecision(await locateCheckpoint(folder)),
  };
  if (options.json) console.log(JSON.stringify(findings, null, 2));
  else for (const [name, value] of Object.entries(findings)) console.log(`${name.padEnd(16)} ${value}`);
  return findings.cacheWritable ? 0 : 1;
};

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false; // this is the finding
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
