/** The tensors of a model that gives vectors: what each input holds and which output it becomes. */
export const TENSORS = [
  { input: "image", output: "image_features" },
  { input: "text", output: "text_features" },
] as const;

export type InputName = (typeof TENSORS)[number]["input"];
