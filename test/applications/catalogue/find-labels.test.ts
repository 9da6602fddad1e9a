import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUE } from "../../../src/applications/catalogue/catalogue.ts";
import { findLabels, labelSet } from "../../../src/applications/catalogue/find-labels.ts";
import { BODY_PARTS, MODALITIES, VIEWS } from "../../../src/applications/catalogue/vocabulary.ts";

const texts = (entries: readonly { text: string }[]) => entries.map(({ text }) => text);

test("the catalogue has some hundred texts, each once and in words of its vocabulary", () => {
  assert.ok(CATALOGUE.length > 300);
  assert.equal(new Set(texts(CATALOGUE)).size, CATALOGUE.length);
  for (const { text, modality, bodyPart, view } of CATALOGUE) {
    assert.ok(
      MODALITIES.some(({ name }) => name === modality),
      text,
    );
    assert.ok(
      BODY_PARTS.some(({ name }) => name === bodyPart),
      text,
    );
    assert.ok(view === "" || VIEWS.some(({ name }) => name === view), text);
    assert.match(text, /^[a-z0-9' -]+$/);
  }
});

test("no word of the vocabulary stands for two things of a kind", () => {
  for (const terms of [MODALITIES, BODY_PARTS, VIEWS]) {
    const words = terms.flatMap(({ name, synonyms }) => [name, ...synonyms]);
    assert.equal(new Set(words).size, words.length, words.filter((word, i) => words.indexOf(word) < i).join());
  }
});

test("synonyms name one group, and a modality has its kinds in it", () => {
  const ct = findLabels({ modality: "computed tomography" });
  assert.ok(ct.length > 20);
  for (const modality of ["ct", " CT ", "cat scan"]) assert.deepEqual(findLabels({ modality }), ct);
  assert.deepEqual(
    findLabels({ bodyPart: "thorax", view: "pa" }),
    findLabels({ bodyPart: "chest", view: "posteroanterior" }),
  );
  assert.ok(findLabels({ modality: "x-ray" }).some(({ modality }) => modality === "mammography"));
  assert.ok(findLabels({ modality: "nuclear medicine" }).length > 0);
});

test("a pattern finds texts whatever the case", () => {
  assert.deepEqual(texts(findLabels({ modality: "ct", view: "axial", match: "PNEUMO(nia|thorax)$" })), [
    "computed tomography chest axial pneumonia",
    "computed tomography chest axial pneumothorax",
  ]);
  assert.deepEqual(findLabels({ match: "^nothing of the kind$" }), []);
});

test("a pattern that is none, too long, or would never end is refused", () => {
  const refused = (message: RegExp) => ({ code: "usage", message });
  assert.throws(() => findLabels({ match: "(" }), refused(/is no regular expression: /));
  assert.throws(() => findLabels({ match: "a".repeat(201) }), refused(/^the pattern has 201 characters, at most 200/));
  assert.throws(() => findLabels({ match: "(.+)+!" }), refused(/takes too long: make it simpler$/));
});

test("a word that the catalogue does not know is refused with the one that may be meant", () => {
  assert.throws(() => findLabels({ modality: "ultrasond" }), {
    code: "usage",
    message: /did you mean "ultrasound"\?$/,
  });
  assert.throws(() => findLabels({ bodyPart: "wing" }), {
    code: "usage",
    message: /^the catalogue has no body part "wing"/,
  });
});

test("a set of labels tells apart what the query leaves open", () => {
  assert.deepEqual(texts(labelSet({ modality: "dermoscopy", bodyPart: "skin" })).slice(0, 2), [
    "dermoscopy skin nevus",
    "dermoscopy skin melanoma",
  ]);
  assert.deepEqual(texts(labelSet({ bodyPart: "knee" })), ["x-ray knee", "magnetic resonance imaging knee"]);
  const lateral = labelSet({ modality: "x-ray", bodyPart: "chest", view: "lateral" });
  assert.ok(lateral.length > 10 && lateral.every(({ text }) => text.startsWith("x-ray chest lateral ")));
  const ct = labelSet({ modality: "ct", bodyPart: "chest" });
  assert.ok(
    ct.every(({ modality }) => modality === "computed tomography"),
    "not mixed with those of its kinds",
  );
  assert.throws(() => labelSet({ view: "axial" }), { code: "usage", message: /need a modality or a body part/ });
  assert.throws(() => labelSet({ modality: "x-ray", bodyPart: "liver" }), { message: /has no label of that kind/ });
});
