import { Embedder } from "../embedder.ts";
import type { Run } from "./flags.ts";
import { modelOptions } from "./options.ts";

export const tokenize: Run = async (texts, options) => {
  const embedder = await Embedder.open(modelOptions(options));
  for (const text of texts) console.log(JSON.stringify({ text, ids: embedder.tokenize(text) }));
  await embedder.close();
  return 0;
};
