import assert from "node:assert/strict";
import { test } from "node:test";
import { fillTemplate, promptLabels } from "../../../src/applications/zero-shot/fill-templates.ts";

const refused = (message: RegExp) => ({ code: "usage", message });
const named = (...names: string[]) => names.map((label) => ({ label }));

test("without a template a label's text is its prompt, or its name", () => {
  assert.deepEqual(promptLabels([{ label: " a ", prompt: "x-ray chest a" }, { label: "b" }]), [
    { name: "a", prompts: ["x-ray chest a"], negatives: [] },
    { name: "b", prompts: ["b"], negatives: [] },
  ]);
});

test("several ways to say a label, and several templates, make an ensemble", () => {
  const texts = [
    { label: "pna", prompt: "pneumonia", negative: "no pneumonia" },
    { label: "pna", prompt: "lung infection", negative: "no pneumonia" },
  ];
  const [{ prompts, negatives }] = promptLabels(texts, ["x-ray chest {label}", "chest film {label}"]);
  assert.deepEqual(prompts, [
    "x-ray chest pneumonia",
    "chest film pneumonia",
    "x-ray chest lung infection",
    "chest film lung infection",
  ]);
  assert.deepEqual(negatives, ["x-ray chest no pneumonia", "chest film no pneumonia"]);
});

test("a field that is empty leaves no gap, and a value is never read as a template", () => {
  const fields = { modality: "x-ray", view: "", label: "{odd} $& one" };
  assert.equal(fillTemplate("{modality}  {view} {label}", fields), "x-ray {odd} $& one");
});

test("a field that nobody knows is refused with the one that may be meant", () => {
  assert.throws(
    () => promptLabels(named("a", "b"), ["{labl}"]),
    refused(/unknown field \{labl\}; did you mean \{label\}\?$/),
  );
  const fields = { modality: "ct", body_part: "chest" };
  assert.throws(
    () =>
      promptLabels(
        [
          { label: "a", fields },
          { label: "b", fields },
        ],
        ["{anatomy} {label}"],
      ),
    refused(/\{anatomy\}; known are modality, body_part, label$/),
  );
  assert.throws(() => promptLabels(named("a", "b"), ["{toString} {label}"]), refused(/unknown field \{toString\}/));
  assert.throws(() => promptLabels(named("a", "b"), ["chest {label"]), refused(/a brace that belongs to no field/));
});

test("labels that cannot be told apart are refused, not collapsed", () => {
  assert.throws(() => promptLabels(named("a")), refused(/^1 label was given: .* two at least are needed/));
  assert.throws(() => promptLabels([]), refused(/^0 labels were given/));
  assert.throws(() => promptLabels(named("a", "b", "a")), refused(/^the label "a" is there twice/));
  assert.throws(
    () => promptLabels(named("Pleural  effusion", "pleural effusion")),
    refused(/read the same: case and spaces/),
  );
  assert.throws(() => promptLabels(named("a", "b"), ["x-ray chest"]), refused(/"a" and "b" have the same text/));
  assert.throws(() => promptLabels(named("a", " ")), refused(/is empty or has an empty text/));
});

test("a text for absence is for all labels or none, and says something else", () => {
  const pair = { label: "a", prompt: "a", negative: "no a" };
  assert.deepEqual(promptLabels([pair]), [{ name: "a", prompts: ["a"], negatives: ["no a"] }]);
  assert.throws(() => promptLabels([pair, { label: "b" }]), refused(/"b" has no text for its absence and others have/));
  assert.throws(
    () => promptLabels([{ label: "a", negative: "A" }]),
    refused(/same text for its presence and its absence/),
  );
});
