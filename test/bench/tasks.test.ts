import assert from "node:assert/strict";
import { test } from "node:test";
import { PARAPHRASES } from "../../bench/tasks/paraphrases.ts";
import { rowsOf, sourceTasksOf, type Task, tasksOf } from "../../bench/tasks/tasks.ts";
import { Vocabulary } from "../../bench/tasks/vocabulary.ts";

const vocabulary = await Vocabulary.read();

const picture = (dataset: string, label: string, i = 0) => ({
  file: `${dataset}/${label}/${i}`,
  shard: "images-00.tar",
  split: "val",
  dataset,
  label,
  group: `${dataset}:${i}`,
});

const pictures = [
  picture("kermany-cxr", "normal"),
  picture("kermany-cxr", "viral pneumonia"),
  picture("kermany-cxr", "bacterial pneumonia"),
  picture("medical-mnist-64", "CXR"),
  picture("medical-mnist-64", "HeadCT"),
  picture("idrid-seg", "diabetic retinopathy"),
];
const tasks = new Map(tasksOf(pictures, vocabulary).map((task) => [task.name, task]));
const taskOf = (name: string): Task => {
  const task = tasks.get(name);
  assert.ok(task, name);
  return task;
};
const namesOf = (name: string) => taskOf(name).classes.map((shown) => shown.name);

test("the tasks are modality, anatomy, and the findings of each source that has several", () => {
  assert.deepEqual(
    [...tasks.keys()],
    ["modality", "modality and anatomy", "kermany-cxr", "medical-mnist-64", "kermany-cxr, pneumonia or no finding"],
  );
  assert.deepEqual(
    [...tasks.values()].filter(({ isFinding }) => isFinding).map(({ name }) => name),
    ["kermany-cxr"],
  );
});

test("prompts are in the product's grammar, in canonical words", () => {
  assert.deepEqual(namesOf("modality"), ["computed tomography", "fundus photography", "x-ray"]);
  assert.deepEqual(namesOf("kermany-cxr"), [
    "x-ray chest bacterial pneumonia",
    "x-ray chest no finding",
    "x-ray chest viral pneumonia",
  ]);
  assert.deepEqual(namesOf("kermany-cxr, pneumonia or no finding"), [
    "x-ray chest no finding",
    "x-ray chest pneumonia",
  ]);
});

test("a task asks about the pictures of its source only", () => {
  const { rows, labels } = rowsOf(taskOf("kermany-cxr"), pictures);
  assert.deepEqual([rows, labels], [Int32Array.of(0, 1, 2), Int32Array.of(1, 2, 0)]);
  assert.equal(rowsOf(taskOf("modality"), pictures).rows.length, pictures.length);
});

test("a training picture of a class that val does not show is not asked about", () => {
  assert.equal(taskOf("medical-mnist-64").classOf(picture("medical-mnist-64", "Hand")), undefined);
  assert.equal(taskOf("modality").classOf(picture("endotect-polyp", "polyp")), undefined);
});

test("sources are told apart where they show the same only", () => {
  const [shared, ...others] = sourceTasksOf(pictures, vocabulary);
  assert.equal(others.length, 0);
  assert.equal(shared.name, "x-ray chest");
  assert.deepEqual(
    shared.classes.map(({ name }) => name),
    ["kermany-cxr", "medical-mnist-64"],
  );
  assert.deepEqual(rowsOf(shared, pictures).rows, Int32Array.of(0, 1, 2, 3));
});

test("an unknown label is an error and no guess", () => {
  assert.throws(() => vocabulary.meaningOf(picture("busi", "unheard of")), /does not say what "unheard of"/);
});

test("every paraphrase is of a known concept and not among the words of the training", () => {
  const learned = new Set(Object.values(vocabulary.words).flat());
  for (const [concept, paraphrases] of Object.entries(PARAPHRASES)) {
    assert.ok(vocabulary.words[concept], concept);
    for (const paraphrase of paraphrases) assert.ok(!learned.has(paraphrase), `${paraphrase} was learned`);
  }
});
