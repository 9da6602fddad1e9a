import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Embedder } from "../src/embedder.ts";
import { dot, temporaryFolder } from "./golden-small.ts";

const folder = join(import.meta.dirname, "../examples/images");
const labels: { file: string; modality: string; prompt: string }[] = JSON.parse(
  await readFile(join(folder, "labels.json"), "utf8"),
);

test("every example picture has a label, a source and a licence", async () => {
  const pictures = (await readdir(folder)).filter((name) => /\.(png|jpg|tiff)$/.test(name)).sort();
  assert.ok(pictures.length >= 12);
  assert.deepEqual(labels.map(({ file }) => file).sort(), pictures);
  const sources = await readFile(join(folder, "SOURCES.md"), "utf8");
  for (const picture of pictures)
    assert.match(sources, new RegExp(`^\\| \`${picture}\` \\|.*\\([a-j]\\)`, "m"), picture);
});

test("most example pictures lie nearest to the prompt of their own modality", async () => {
  const embedder = await Embedder.open({ cacheFolder: await temporaryFolder() });
  const modalities = [...new Set(labels.map(({ modality }) => modality))];
  const prompts = await Promise.all(modalities.map((modality) => embedder.embedText(modality)));
  const wrong: string[] = [];
  for (const { file, modality } of labels) {
    const image = await embedder.embedImage(await readFile(join(folder, file)));
    const cosines = prompts.map((prompt) => dot(image, prompt));
    const nearest = modalities[cosines.indexOf(Math.max(...cosines))];
    if (nearest !== modality) wrong.push(`${file}: ${nearest}`);
  }
  await embedder.close();
  assert.ok(wrong.length < labels.length / 2, wrong.join("; "));
});
