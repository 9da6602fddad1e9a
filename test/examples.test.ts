import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Embedder } from "../src/embedder.ts";
import { medembed, parseLines } from "./cli/run.ts";
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

test("every example DICOM file has a source, and its licence lies beside it", async () => {
  const dicom = join(folder, "../dicom");
  const sources = await readFile(join(dicom, "SOURCES.md"), "utf8");
  const files = (await readdir(dicom)).filter((name) => name.endsWith(".dcm"));
  assert.ok(files.length >= 2);
  for (const file of files) assert.match(sources, new RegExp(`^\\| \`${file}\` \\|.*\\| MIT \\|$`, "m"), file);
  assert.match(await readFile(join(dicom, "LICENCE-pydicom.txt"), "utf8"), /released under an MIT license/);
});

test("the README's command for a DICOM file gives its vector", async () => {
  const root = join(folder, "../..");
  const [, command] =
    /^npx medembed (embed examples\/dicom\/.*)$/m.exec(await readFile(join(root, "README.md"), "utf8")) ?? [];
  const args = command.split(" ").map((argument) => argument.replaceAll('"', ""));
  const { code, stdout, stderr } = await medembed([...args, "--cache", await temporaryFolder()], { cwd: root });
  assert.equal(code, 0, stderr);
  const [{ id, profile, vector }] = parseLines(stdout);
  assert.deepEqual([id, profile, vector.length], ["examples/dicom/ct-chest.dcm", "direct;rendering=ct-lung", 1024]);
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
