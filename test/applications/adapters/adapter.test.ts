import assert from "node:assert/strict";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Adapter } from "../../../src/applications/adapters/adapter.ts";
import { openAdapter, saveAdapter } from "../../../src/applications/adapters/adapter-files.ts";
import { fromStateDict, toStateDict } from "../../../src/applications/adapters/state-dict.ts";
import {
  crossValidate,
  lacksOf,
  type TrainingSet,
  trainAdapter,
  withOperatingPoints,
} from "../../../src/applications/adapters/train-adapter.ts";
import { evaluateClassifier } from "../../../src/applications/evaluate-classifier.ts";
import { HEADS, type HeadName } from "../../../src/applications/heads/kinds.ts";
import { takeLabelled } from "../../../src/applications/labelled-vectors.ts";
import { argmaxRows } from "../../../src/applications/matrix.ts";
import { expectedCalibrationError } from "../../../src/applications/metrics/calibration.ts";
import { callThreeWay } from "../../../src/applications/operating-points/three-way-call.ts";
import { readTensors, writeTensors } from "../../../src/applications/tensor-folder.ts";
import { largestDifference, temporaryFolder } from "../../golden-small.ts";
import { all, heads, test as testRows } from "../heads/small-vectors.ts";

const folder = await temporaryFolder();
const names = ["atelectasis", "cardiomegaly", "effusion", "normal"];
const space = { model: "small", weights: "0f".repeat(32), profile: "direct", dimensions: 64 };
const set: TrainingSet = { ...all, names, space };
const split = {
  train: Int32Array.from(heads.train),
  validation: Int32Array.from(heads.validation),
  test: Int32Array.from(heads.test),
};
const options = { classWeights: "none", seed: 0 } as const;
const bootstrap = { seed: 0, rounds: 50 };
/** Small enough to be trained in no time. */
const SETTINGS: Partial<Record<HeadName, Record<string, unknown>>> = {
  "adapter-network": { width: 16, hidden: 8, epochs: 2 },
  mlp: { hidden: [8], epochs: 3 },
};

for (const head of Object.keys(HEADS) as HeadName[]) {
  test(`${head}: an adapter gives the same probabilities when it was saved and opened again`, async () => {
    const settings = SETTINGS[head] ?? {};
    const adapter = trainAdapter(set, split, { ...options, head, settings });
    const place = join(folder, head);
    await saveAdapter(withOperatingPoints(adapter, takeLabelled(set, split.validation), bootstrap), place);
    assert.deepEqual((await readdir(place)).sort(), ["adapter.json", "weights.safetensors"]);
    const opened = await openAdapter(place);
    assert.deepEqual(opened.card.labels, names);
    assert.deepEqual(opened.card.space, space);
    assert.deepEqual(opened.card.training, {
      rows: { train: 186, validation: 60, test: 54 },
      seed: 0,
      classWeights: "none",
    });
    assert.deepEqual(opened.probabilities(testRows.vectors), adapter.probabilities(testRows.vectors));
    const { youden, sensitivity90 } = opened.card.operatingPoints.effusion;
    const thresholds = {
      ruleIn: youden?.threshold.value ?? assert.fail(),
      ruleOut: sensitivity90?.threshold.value ?? assert.fail(),
    };
    assert.equal(callThreeWay(1, thresholds), "positive");
  });
}

test("the temperature makes the validation rows better calibrated, and keeps the guesses", () => {
  const adapter = trainAdapter(set, split, { ...options, head: "logistic-regression", settings: { c: 1000 } });
  const raw = new Adapter({ ...adapter.card, temperature: 1 }, adapter.tensors);
  const { vectors, labels } = takeLabelled(set, split.validation);
  const errorOf = (one: Adapter) => {
    const probabilities = one.probabilities(vectors);
    const guesses = argmaxRows(probabilities);
    const sure = Array.from(guesses, (guess, row) => probabilities.values[row * 4 + guess]);
    return {
      guesses,
      error: expectedCalibrationError(
        sure,
        Array.from(guesses, (guess, row) => guess === labels[row]),
      ),
    };
  };
  assert.ok(adapter.card.temperature > 1, "with next to no penalty it is too sure");
  assert.ok(errorOf(adapter).error < errorOf(raw).error);
  assert.deepEqual(errorOf(adapter).guesses, errorOf(raw).guesses);
});

test("cross-validation measures every row by an adapter that has not seen its patient", () => {
  const logits = crossValidate(set, 4, { ...options, head: "k-nn", settings: { k: 1 } });
  const { figures } = evaluateClassifier(logits, set, names, bootstrap);
  // Pictures of one patient are each other's nearest neighbours: seen ones would make every guess right.
  const leaky = crossValidate({ ...set, groups: set.groups.map((_, row) => String(row)) }, 4, {
    ...options,
    head: "k-nn",
    settings: { k: 1 },
  });
  const withLeak = evaluateClassifier(leaky, set, names, bootstrap).figures.accuracy.value;
  assert.ok(withLeak > figures.accuracy.value + 0.05, `${withLeak} against ${figures.accuracy.value}`);
});

test("a class that no train row shows is refused, one that other parts lack is told", () => {
  const without = (part: "train" | "validation" | "test", label: number) => ({
    ...split,
    [part]: split[part].filter((row) => set.labels[row] !== label),
  });
  assert.throws(() => trainAdapter(set, without("train", 2), { ...options, head: "k-nn" }), {
    code: "invalid-data",
    message:
      /^no train row is "effusion": give it more groups, merge it with another label, or say in a column "split" what is train$/,
  });
  assert.deepEqual(lacksOf(set, without("validation", 2)), [
    'no validation row is "effusion": it gets no thresholds; give it more groups, or a column "split"',
  ]);
  const adapter = trainAdapter(set, without("validation", 2), { ...options, head: "k-nn" });
  const { operatingPoints } = withOperatingPoints(
    adapter,
    takeLabelled(set, without("validation", 2).validation),
    bootstrap,
  ).card;
  assert.deepEqual(Object.keys(operatingPoints.effusion), ["specificity90"]);
});

test("one class only, and validation rows of one class, are refused", () => {
  const one = { ...set, names: ["normal"], labels: new Int32Array(300) };
  assert.throws(() => trainAdapter(one, split, { ...options, head: "k-nn" }), {
    code: "invalid-data",
    message: 'there is one class only, "normal": a classifier needs two at least',
  });
  const lone = { ...split, validation: split.validation.filter((row) => set.labels[row] === 1) };
  assert.throws(() => trainAdapter(set, lone, { ...options, head: "k-nn" }), {
    code: "invalid-data",
    message: /validation rows show 1 of 4 classes/,
  });
});

test("vectors of another model or profile are refused", async () => {
  const adapter = await openAdapter(join(folder, "k-nn"));
  adapter.requireSpace({ ...space, model: "the same by another name" });
  for (const other of [{ weights: "1e".repeat(32) }, { profile: "mi2-service" }, { dimensions: 32 }]) {
    assert.throws(() => adapter.requireSpace({ ...space, ...other }), {
      code: "wrong-space",
      message:
        /^the adapter was trained on vectors of small \(weights 0f0f0f0f, profile direct, 64 values\) and is of no use for those of /,
    });
  }
});

test("a place that is taken, a folder that is no adapter, and one that was changed are refused", async () => {
  const adapter = await openAdapter(join(folder, "k-nn"));
  await assert.rejects(saveAdapter(adapter, folder), { code: "usage", message: `${folder} exists already` });
  await assert.rejects(openAdapter(folder), { code: "not-found", message: /is no adapter: it has no adapter\.json$/ });

  const place = join(folder, "changed");
  await saveAdapter(adapter, place);
  const card = join(place, "adapter.json");
  const text = await readFile(card, "utf8");
  for (const [from, to, fault] of [
    ['"temperature": ', '"temperature": -', /temperature must be/],
    ['"head": "k-nn"', '"head": "oracle"', /head must be equal to one of the allowed values: adapter-network, /],
    ['"k": 5', '"k": 0', /the setting k of k-nn must be >= 1/],
    ['"k": 5', '"k": 5000', /fewer than 5000 vectors/],
    ['"normal"\n', '"normal", "other"\n', /tells 4 classes apart, needed: 64 numbers and 5 labels/],
    ["{", "", /is not JSON/],
  ] as const) {
    await writeFile(card, text.replace(from, to));
    await assert.rejects(openAdapter(place), { name: "MedembedError", message: fault }, to);
  }
  await writeFile(card, text);
  await truncate(join(place, "weights.safetensors"), 1_000);
  await assert.rejects(openAdapter(place), {
    code: "corrupt-checkpoint",
    message: /is not the file that .* belongs to$/,
  });
});

test("PyTorch's state dict becomes an adapter, and an adapter a state dict", async () => {
  const tensors = await readTensors(join(import.meta.dirname, "../../files/applications/adapter.pt"));
  const adapter = fromStateDict(tensors, names, space);
  assert.ok(largestDifference(adapter.logits(testRows.vectors).values, heads.adapter.logits.flat()) < 1e-6);
  const path = join(folder, "state.safetensors");
  await writeTensors(path, toStateDict(adapter));
  assert.deepEqual(await readTensors(path), tensors);
  assert.throws(() => fromStateDict(tensors, names.slice(1), space), {
    code: "corrupt-checkpoint",
    message: /4 classes apart, needed: 64 numbers and 3 labels/,
  });
  const other = await openAdapter(join(folder, "k-nn"));
  assert.throws(() => toStateDict(other), { code: "invalid-data", message: /head is k-nn: only adapter-network/ });
  assert.throws(() => fromStateDict(other.tensors, names, space), { code: "wrong-checkpoint" });
});
