import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { CATALOGUE } from "../../../src/applications/catalogue/catalogue.ts";
import { labelSet } from "../../../src/applications/catalogue/find-labels.ts";
import { promptLabels } from "../../../src/applications/zero-shot/fill-templates.ts";
import { unknownToModel } from "../../../src/applications/zero-shot/knowledge.ts";
import { parsePrompt } from "../../../src/applications/zero-shot/parse-prompt.ts";
import { promptWarnings } from "../../../src/applications/zero-shot/prompt-warnings.ts";

const labelsOf = (...texts: string[]) => promptLabels(texts.map((label) => ({ label })));

const SETS: readonly { what: string; texts: string[]; warnings: RegExp[] }[] = [
  { what: "texts of the grammar", texts: ["x-ray chest pneumonia", "x-ray chest no finding"], warnings: [] },
  { what: "kinds of pictures", texts: ["ct chest", "mri brain", "ultrasound"], warnings: [] },
  {
    what: "findings alone",
    texts: ["covid-19", "pneumonia"],
    warnings: [/^"covid-19" \(and 1 more\) is a finding alone: /, /: add "no finding"$/],
  },
  {
    what: "a text that begins with the body part",
    texts: ["chest x-ray pneumonia", "chest x-ray no finding"],
    warnings: [/^"chest x-ray pneumonia" \(and 1 more\) does not begin with the modality/],
  },
  {
    what: "a sentence",
    texts: ["x-ray chest showing pneumonia", "x-ray chest no finding"],
    warnings: [/^"x-ray chest showing pneumonia" is prose/],
  },
  {
    what: "parts in different order",
    texts: ["x-ray chest pneumonia", "x-ray no finding chest"],
    warnings: [/^"x-ray chest pneumonia" and "x-ray no finding chest" have their parts in different order/],
  },
  {
    what: "a full stop at the end of one",
    texts: ["x-ray chest pneumonia.", "x-ray chest no finding"],
    warnings: [/^some texts end with a full stop, such as "x-ray chest pneumonia\."/],
  },
  {
    what: "a comma in one",
    texts: ["x-ray chest, pneumonia", "x-ray chest no finding"],
    warnings: [/^some texts have a comma/],
  },
  {
    what: "a view in one",
    texts: ["x-ray chest lateral pneumonia", "x-ray chest no finding"],
    warnings: [/names a view, "x-ray chest no finding" does not/],
  },
  {
    what: "findings without an alternative",
    texts: ["x-ray chest pneumonia", "x-ray chest atelectasis"],
    warnings: [/^no label is for a picture without these findings.*: add "x-ray chest no finding"$/],
  },
  {
    what: "words that look mistyped",
    texts: ["x-ray chest pnuemonia", "x-ray chest no finding", "x-ray chest pleural efusion"],
    warnings: [/does not have "pnuemonia"; did you mean "pneumonia"\?$/, /"efusion"; did you mean "effusion"\?$/],
  },
];

for (const { what, texts, warnings } of SETS) {
  test(`${what}: ${warnings.length === 0 ? "nothing" : "each fault"} is told`, () => {
    const found = promptWarnings(labelsOf(...texts));
    assert.equal(found.length, warnings.length, found.join("\n"));
    for (const [i, warning] of warnings.entries()) assert.match(found[i], warning);
  });
}

test("findings that stand for themselves need no alternative", () => {
  const labels = promptLabels([
    { label: "x-ray chest pneumonia", negative: "x-ray chest no pneumonia" },
    { label: "x-ray chest atelectasis", negative: "x-ray chest no atelectasis" },
  ]);
  assert.deepEqual(promptWarnings(labels), []);
});

test("every text of the catalogue is read as the parts it is made of", () => {
  for (const { text, modality, bodyPart, view, finding } of CATALOGUE) {
    const parsed = parsePrompt(text);
    assert.deepEqual(
      [parsed.modality?.name, parsed.bodyPart?.name, parsed.view?.name ?? "", parsed.finding],
      [modality, bodyPart, view, finding],
      text,
    );
  }
});

test("sets of the catalogue keep the rules that it is the example for", () => {
  for (const query of [
    { modality: "x-ray", bodyPart: "chest" },
    { modality: "ct", bodyPart: "abdomen", view: "axial" },
    { modality: "mri" },
    { bodyPart: "breast" },
  ]) {
    assert.deepEqual(promptWarnings(labelsOf(...labelSet(query).map(({ text }) => text))), []);
  }
});

test("what the default model was not trained on is found in its card", async () => {
  const card = JSON.parse(await readFile(new URL("../../../models/medembed-nano/card.json", import.meta.url), "utf8"));
  const known = [
    "ct chest",
    "x-ray chest bacterial pneumonia",
    "x-ray chest no finding",
    "mri brain glioma",
    "pneumonia",
  ];
  const unknown = ["mammography breast mass", "x-ray knee", "ct brain subdural hematoma", "echocardiography heart"];
  assert.deepEqual(unknownToModel(labelsOf(...known, ...unknown), card), unknown);
  const { knows, ...silent } = card;
  assert.ok(knows.length > 0);
  assert.deepEqual(unknownToModel(labelsOf(...unknown), silent), [], "a card that says nothing is no reason to warn");
});

test("a text that a model was fine-tuned with is known to it", async () => {
  const card = JSON.parse(await readFile(new URL("../../../models/medembed-nano/card.json", import.meta.url), "utf8"));
  const texts = labelsOf("x-ray knee", "x-ray hip");
  const finetuned = { base: card.name, data: { texts: { "x-ray knee": 120 } } };
  assert.deepEqual(unknownToModel(texts, { ...card, finetuned }), ["x-ray hip"]);
  for (const strange of [null, 3, { data: null }, { data: { texts: "x-ray knee" } }]) {
    assert.deepEqual(unknownToModel(texts, { ...card, finetuned: strange }), ["x-ray knee", "x-ray hip"]);
  }
});
