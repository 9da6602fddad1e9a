import { stack } from "../../applications/matrix.ts";
import type { RetrievalItems } from "../../applications/retrieval/rank-gallery.ts";
import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import { describeSpace, isSameSpace, type VectorSpace } from "../../vector-space.ts";
import { modelOptions, text } from "../options.ts";

type Options = Readonly<Record<string, unknown>>;

const PLACE = "{label}";

/** A text to look for pictures by. */
interface Prompt {
  /** What the pictures should be: a class number. */
  readonly label: number;
  readonly text: string;
}

/** One text for each label, as `--prompt` says. @returns undefined where pictures are looked for by pictures @throws MedembedError "usage" */
export async function readPrompts(options: Options, names: readonly string[]): Promise<Prompt[] | undefined> {
  const template = text(options, "prompt");
  if (template === undefined) return undefined;
  if (!template.includes(PLACE))
    throw new MedembedError("usage", `--prompt needs ${PLACE} where the label stands in the text`);
  if (["queries", "part", "adapter"].some((name) => text(options, name) !== undefined)) {
    throw new MedembedError("usage", "--prompt makes the queries: leave out --queries, --part and --adapter");
  }
  return names.map((name, label) => ({ label, text: template.replaceAll(PLACE, name) }));
}

/** The vectors of the texts, by the model of the pictures. @throws MedembedError "wrong-space" for another model */
export async function embedPrompts(
  prompts: readonly Prompt[],
  space: VectorSpace,
  options: Options,
): Promise<RetrievalItems> {
  const embedder = await Embedder.open({ ...modelOptions(options), profile: space.profile });
  try {
    const own = {
      model: embedder.card.name,
      weights: embedder.card.weights,
      profile: space.profile,
      dimensions: embedder.card.projection,
    };
    if (!isSameSpace(space, own)) {
      throw new MedembedError(
        "wrong-space",
        `the pictures are of ${describeSpace(space)}, the texts would be of ${describeSpace(own)}: give that --model`,
      );
    }
    const vectors: Float32Array[] = [];
    for (const prompt of prompts) vectors.push(await embedder.embedText(prompt.text));
    const ids = prompts.map((_, i) => `prompt ${i + 1}`);
    return { ids, groups: ids, vectors: stack(vectors), labels: Int32Array.from(prompts, ({ label }) => label) };
  } finally {
    await embedder.close();
  }
}
