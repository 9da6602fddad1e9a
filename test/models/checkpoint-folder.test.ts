import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { locateCheckpoint } from "../../src/models/checkpoint-folder.ts";
import { temporaryFolder } from "../golden-small.ts";

const folder = await temporaryFolder();
let count = 0;

/** A folder with such files, empty ones. */
async function lay(...paths: string[]): Promise<string> {
  const root = join(folder, `model-${count++}`);
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
  return root;
}

const TOKENIZER = "language_model/clip_tokenizer_4.16.2";

/** As published, and as people keep it. */
const LAYOUTS: readonly { name: string; inner: string; weights: string; tokenizer: string }[] = [
  { name: "ours", inner: "", weights: "vision_model/medembed-nano.safetensors", tokenizer: TOKENIZER },
  {
    name: "the repository of the reference code",
    inner: "2024.09.27",
    weights: "vision_model/medimageinsigt-v1.0.0.pt",
    tokenizer: TOKENIZER,
  },
  {
    name: "the artifacts of MLflow",
    inner: "artifacts/checkpoints",
    weights: "vision_model/medimageinsigt-v1.0.0.pt",
    tokenizer: TOKENIZER,
  },
  {
    name: "the model folder of Azure",
    inner: "mlflow_model_folder/artifacts/checkpoints",
    weights: "vision_model/medimageinsigt-v1.0.0.pt",
    tokenizer: TOKENIZER,
  },
  { name: "weights at the top", inner: "", weights: "model.safetensors", tokenizer: "tokenizer" },
  {
    name: "the tokenizer without a folder of its name",
    inner: "",
    weights: "vision_model/a.pth",
    tokenizer: "language_model",
  },
  { name: "the tokenizer at the top", inner: "", weights: "vision_model/pytorch_model.bin", tokenizer: "." },
];

for (const { name, inner, weights, tokenizer } of LAYOUTS) {
  test(`found: ${name}`, async () => {
    const files = ["config.yaml", weights, join(tokenizer, "vocab.json"), join(tokenizer, "merges.txt")];
    const root = await lay(...files.map((path) => join(inner, path)));
    const found = await locateCheckpoint(relative(process.cwd(), root));
    assert.deepEqual(found, {
      name: root.slice(folder.length + 1),
      config: join(root, inner, "config.yaml"),
      weights: join(root, inner, weights),
      vocabulary: join(root, inner, tokenizer, "vocab.json"),
      merges: join(root, inner, tokenizer, "merges.txt"),
      card: undefined,
      golden: undefined,
    });
  });
}

const WHOLE = ["config.yaml", "vision_model/a.pt", `${TOKENIZER}/vocab.json`, `${TOKENIZER}/merges.txt`];

test("card and golden vectors are found beside the config", async () => {
  const root = await lay(...WHOLE, "card.json", "golden.json");
  const { card, golden } = await locateCheckpoint(root);
  assert.deepEqual([card, golden], [join(root, "card.json"), join(root, "golden.json")]);
});

test("weights in vision_model win over those at the top", async () => {
  const root = await lay(...WHOLE, "adapter.pt", "vision_model/README.md");
  assert.equal((await locateCheckpoint(root)).weights, join(root, "vision_model/a.pt"));
});

test("what is missing is named, with the places where it was looked for", async () => {
  const without = (part: string) => lay(...WHOLE.filter((path) => !path.includes(part)));
  const cases: [root: string, message: RegExp][] = [
    [await without("config"), /is no checkpoint: it has none of config\.yaml, artifacts.checkpoints.config\.yaml/],
    [await without("vision_model"), /has no weights \(\.pt, .*\.safetensors\); one file is needed, in vision_model\//],
    [await without("vocab"), /has no vocab\.json and merges\.txt in language_model\/<name>/],
    [await without("merges"), /has no vocab\.json and merges\.txt/],
    [await lay(...WHOLE, "vision_model/b.pt"), /has several weights: a\.pt, b\.pt/],
    [join(folder, "nowhere"), /is no checkpoint/],
  ];
  for (const [root, message] of cases) {
    await assert.rejects(locateCheckpoint(root), { name: "MedembedError", code: "not-found", message });
  }
});
