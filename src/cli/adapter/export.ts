import { extname } from "node:path";
import { openAdapter } from "../../applications/adapters/adapter-files.ts";
import { toStateDict } from "../../applications/adapters/state-dict.ts";
import { writeTensors } from "../../applications/tensor-folder.ts";
import { MedembedError } from "../../errors.ts";
import type { Run } from "../flags.ts";
import { needed } from "./read-inputs.ts";

export const exportAdapter: Run = async ([folder], options) => {
  const out = needed(options, "out");
  if (extname(out).toLowerCase() !== ".safetensors") {
    throw new MedembedError("usage", `--out ${out}: the name must end in .safetensors`);
  }
  const tensors = toStateDict(await openAdapter(folder));
  await writeTensors(out, tensors).catch((cause: NodeJS.ErrnoException) => {
    throw new MedembedError("write-failed", `cannot write ${out}: ${cause.code}`, { cause });
  });
  return 0;
};
