import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import Type, { type Static } from "typebox";
import { promptLabels } from "../applications/zero-shot/fill-templates.ts";
import type { PromptedLabel } from "../applications/zero-shot/prompted-label.ts";
import { MedembedError } from "../errors.ts";
import { readText } from "../models/read-text.ts";

/** No list of labels is longer. */
const MAX_LABELS_BYTES = 2 ** 20;
/** With a full stop at its end, as the published classifier has each label. */
const USUAL_TEMPLATES = ["{label}."];

const text = Type.String({ minLength: 1 });

/** `labels` of a deployment in `medembed.yaml`. */
export const LabelsSchema = Type.Union(
  [
    Type.Array(
      Type.Union([
        text,
        Type.Object(
          { label: text, prompt: Type.Optional(text), negative: Type.Optional(text) },
          { additionalProperties: false },
        ),
      ]),
      { minItems: 1 },
    ),
    text,
  ],
  {
    description:
      "makes it a classifier: the labels, each a text or with its prompt and what says that it is absent; or a file with one a line",
  },
);

/** `templates` of a deployment. */
export const TemplatesSchema = Type.Array(text, {
  minItems: 1,
  description: "how labels are said, as in x-ray chest {label}; of several the mean is taken",
});

interface GivenLabels {
  readonly labels: Static<typeof LabelsSchema>;
  readonly templates: readonly string[] | undefined;
}

/** @param folder of the config, from which a file of labels is named @throws MedembedError "usage" */
export async function readLabels(
  { labels, templates = USUAL_TEMPLATES }: GivenLabels,
  folder: string,
): Promise<readonly PromptedLabel[]> {
  const listed = typeof labels === "string" ? (await readLabelFile(resolve(folder, labels))).split("\n") : labels;
  const texts = listed.map((one) => (typeof one === "string" ? { label: one.trim() } : one));
  return promptLabels(
    texts.filter(({ label }) => label !== ""),
    templates,
  );
}

async function readLabelFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new MedembedError("usage", `no file of labels ${path}`);
  return readText(path, MAX_LABELS_BYTES, "usage");
}
