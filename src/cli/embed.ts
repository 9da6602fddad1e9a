import { Embedder } from "../embedder.ts";
import { MedembedError } from "../errors.ts";
import { writerOf } from "../vector-files/vector-file.ts";
import { embedAll, planEmbedding, stopOnSignals, tellTally } from "./embed-all.ts";
import type { VectorRecord } from "./embed-input.ts";
import type { Run } from "./flags.ts";
import { modelOptions, text } from "./options.ts";

/** What stands in the output beside a vector. */
const COLUMNS = {
  id: "text",
  kind: "text",
  model: "text",
  weights: "text",
  profile: "text",
  precision: "text",
} as const satisfies Record<Exclude<keyof VectorRecord, "vector">, "text">;

export const embed: Run = async (paths, options) => {
  const texts = (options.text as string[] | undefined) ?? [];
  const plan = planEmbedding({ paths, texts, textsFile: text(options, "texts") }, options);
  const hasTexts = texts.length > 0 || plan.inputs.textsFile !== undefined;
  if (paths.length === 0 && !hasTexts && !plan.fromServer) {
    throw new MedembedError("usage", "nothing to embed: give a path, --text, --texts or --dicomweb");
  }
  const openWriter = writerOf(text(options, "out"));
  if (plan.isForVolumesAlone && hasTexts) {
    throw new MedembedError("usage", `--aggregate ${plan.settings.aggregate} is for slices, not for texts`);
  }
  const embedder = await Embedder.open({ ...modelOptions(options), profile: plan.profile });
  const letGo = stopOnSignals(plan);
  try {
    const dimensions = plan.vectorLengths * embedder.card.projection;
    const writer = await openWriter({ columns: COLUMNS, dimensions }); // only now: a model that cannot be opened leaves an older file as it is
    const tally = await embedAll(plan, embedder, ({ vector, ...columns }) => writer.write(columns, vector)).finally(
      () => writer.close(),
    );
    return tellTally(tally);
  } finally {
    await embedder.close();
    letGo();
  }
};
