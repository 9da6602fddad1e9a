import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readTensors } from "../../src/applications/tensor-folder.ts";
import { evaluate } from "../../src/cli/adapter/evaluate.ts";
import { exportAdapter } from "../../src/cli/adapter/export.ts";
import { predict } from "../../src/cli/adapter/predict.ts";
import { train } from "../../src/cli/adapter/train.ts";
import { writerOf } from "../../src/vector-files/vector-file.ts";
import { all, heads } from "../applications/heads/small-vectors.ts";
import { largestDifference, temporaryFolder } from "../golden-small.ts";
import { chromium, lookAt } from "../reports/browser.ts";
import { medembed, parseLines } from "./run.ts";

const folder = await temporaryFolder();
const NAMES = ["atelectasis", "cardiomegaly", "effusion", "normal, or nearly"];
const adapter = (...args: string[]) => medembed(["adapter", ...args], { cwd: folder });

/** The small vectors as `medembed embed` would have written them. */
async function writeVectors(name: string, { profile = "direct", change = (vector: Float32Array) => vector } = {}) {
  const columns = {
    id: "text",
    kind: "text",
    model: "text",
    weights: "text",
    profile: "text",
    precision: "text",
  } as const;
  const writer = await writerOf(join(folder, name))({ columns, dimensions: 64 });
  for (let row = 0; row < 300; row++) {
    const facts = { kind: "image", model: "small", weights: "0f".repeat(32), profile, precision: "fp32" };
    const vector = all.vectors.values.slice(row * 64, (row + 1) * 64);
    await writer.write({ id: `pictures/${row}.png`, ...facts }, row === 7 ? change(vector) : vector);
  }
  await writer.close();
}

async function writeLabels(name: string, { split = true, label = (row: number) => NAMES[all.labels[row]] } = {}) {
  const partOf = new Map(
    ["train", "validation", "test"].flatMap((part) => heads[part].map((row: number) => [row, part])),
  );
  const lines = Array.from(
    { length: 300 },
    (_, row) =>
      `pictures/${row}.png,"${label(row)}",${all.groups[row]},${split ? partOf.get(row) : ""},${row % 3 ? "F" : "M"},${20 + (row % 60)}`,
  );
  await writeFile(join(folder, name), `id,label,group,split,sex,age\n${lines.join("\n")}\n`);
}

await writeVectors("vectors.npy");
await writeVectors("vectors.parquet");
await writeVectors("vectors.jsonl", { profile: "mi2-service" });
await writeLabels("labels.csv");
await writeLabels("unsplit.csv", { split: false });

test("heads are compared on the test rows, the best on the validation rows is kept", async () => {
  const args = [
    "train",
    "vectors.parquet",
    "--labels",
    "labels.csv",
    "--head",
    "logistic-regression",
    "--head",
    "k-nn",
    "--k",
    "3",
    "--out",
    "best",
  ];
  const { code, stdout, stderr } = await adapter(...args, "--json");
  assert.equal(code, 0, stderr);
  const { kept, measuredOn, heads: reports, points } = JSON.parse(stdout);
  assert.equal(measuredOn, "54 test rows");
  assert.deepEqual(Object.keys(reports), ["logistic-regression", "k-nn"]);
  const { figures, perClass, confusion, rows } = reports[kept];
  assert.equal(rows, 54);
  assert.ok(
    figures.area.value > 0.9 && figures.area.low < figures.area.value && figures.area.value < figures.area.high,
  );
  assert.deepEqual(
    perClass.map(({ label }: { label: string }) => label),
    NAMES,
  );
  assert.equal(
    confusion.flat().reduce((a: number, b: number) => a + b),
    54,
  );
  assert.ok(points.some(({ label, point }: Record<string, string>) => label === "effusion" && point === "youden"));
  assert.match(stderr, new RegExp(`best has the adapter: ${kept}, trained on 186 rows\n$`));
});

test("an adapter predicts as CSV and as JSON lines", async () => {
  const csv = await adapter("predict", "best", "vectors.npy");
  assert.equal(csv.code, 0, csv.stderr);
  const [head, first] = csv.stdout.split("\r\n");
  assert.match(
    head,
    /^id,label,atelectasis,cardiomegaly,effusion,"normal, or nearly",call: atelectasis,.*,"call: normal, or nearly"$/,
  );
  assert.match(first, /^pictures\/0\.png,/);
  const written = await adapter("predict", "best", "vectors.parquet", "--out", "predictions.jsonl");
  assert.deepEqual([written.code, written.stdout], [0, ""]);
  const predictions = parseLines(await readFile(join(folder, "predictions.jsonl"), "utf8"));
  assert.equal(predictions.length, 300);
  for (const { label, probabilities, calls } of predictions) {
    const values = Object.values(probabilities) as number[];
    assert.ok(Math.abs(values.reduce((a, b) => a + b) - 1) < 1e-5);
    assert.equal(probabilities[label], Math.max(...values));
    assert.ok(Object.values(calls).every((call) => /^(positive|possible|negative)$/.test(String(call))));
  }
  const right = predictions.filter(({ label }, row) => label === NAMES[all.labels[row]]).length;
  assert.ok(right > 240, `${right} of 300 are right`);
});

test("an adapter is measured with thresholds, predictive values and subgroups", async () => {
  const args = [
    "evaluate",
    "best",
    "vectors.npy",
    "--labels",
    "labels.csv",
    "--part",
    "test",
    "--by",
    "sex",
    "--by",
    "age=40,60",
  ];
  const { code, stdout, stderr } = await adapter(...args, "--prevalence", "atelectasis=0.02", "--json");
  assert.deepEqual([code, stderr], [0, ""]);
  const { rows, figures, points, subgroups } = JSON.parse(stdout);
  assert.equal(rows, 54);
  assert.ok(figures.balancedAccuracy.value > 0.7, `${figures.balancedAccuracy.value}`);
  const measured = points.filter(({ label }: { label: string }) => label === "atelectasis");
  for (const { adjusted, figures: own } of measured) {
    assert.equal(adjusted.prevalence, 0.02);
    const isNeverWrong = own.specificity.value === 1;
    assert.equal(adjusted.positivePredictiveValue < own.positivePredictiveValue.value, !isNeverWrong);
  }
  assert.deepEqual(
    subgroups.map(({ column, values }: { column: string; values: { value: string }[] }) => [
      column,
      values.map(({ value }) => value),
    ]),
    [
      ["sex", ["F", "M"]],
      ["age", ["below 40", "40 to 60", "from 60 on"]],
    ],
  );
  const table = await adapter(...args.slice(0, 4), "unsplit.csv", "--by", "sex");
  assert.match(table.stdout, /^300 rows of 100 groups, .*\n\nhead +mean AUC /);
  assert.match(table.stdout, /\nsex +rows +groups +mean AUC +gap to others/);
});

const PLOTS = `[...document.querySelectorAll("figure")].map((figure) => {
  const { width, height } = figure.querySelector("svg").getBoundingClientRect();
  return [figure.querySelector("figcaption").textContent, width > 200 && height > 60];
})`;

/** Headings of plots that a real browser shows in a report, none of which may be empty. */
async function plotsOf(report: string): Promise<unknown> {
  const { complaints, requests, value } = await lookAt(join(folder, report), PLOTS);
  assert.deepEqual([complaints, requests], [[], []]);
  const plots = value as [title: string, hasSize: boolean][];
  assert.ok(plots.every(([, hasSize]) => hasSize));
  return plots.map(([title]) => title);
}

const skip = chromium === undefined && "no chromium on this machine";

test("an evaluation is written as a page, as JSON and as CSV", { skip }, async () => {
  const args = ["evaluate", "best", "vectors.npy", "--labels", "labels.csv", "--part", "test", "--by", "sex", "--json"];
  const { code, stdout, stderr } = await adapter(...args, "--report", "best.html");
  assert.deepEqual([code, stderr], [0, "report: best.html\n"]);
  assert.deepEqual(await plotsOf("best.html"), [
    ...["Confusion matrix", "ROC", "Precision and recall", ...NAMES, "Reliability of the guess"],
    ...["mean AUC by sex", "balanced accuracy by sex"],
  ]);
  assert.equal(await readFile(join(folder, "best.json"), "utf8"), stdout);
  const { head, figures, perClass, points } = JSON.parse(stdout);
  const lines = (await readFile(join(folder, "best.csv"), "utf8")).split("\r\n");
  assert.equal(lines[0], "classifier,label,point,figure,value,low,high");
  const { value, low, high } = figures.macroF1;
  assert.ok(lines.includes(`${head},,,macroF1,${value},${low},${high}`));
  assert.ok(lines.includes(`${head},effusion,,recall,${perClass[2].recall},,`));
  assert.ok(lines.includes(`${head},${points[0].label},${points[0].point},threshold,${points[0].threshold},,`));
});

test("a training is written with the curves of its epochs and its heads side by side", { skip }, async () => {
  const heads = ["--head", "logistic-regression", "--head", "adapter-network", "--epochs", "2"];
  const args = ["train", "vectors.npy", "--labels", "labels.csv", ...heads, "--report", "training.html"];
  const { code, stderr } = await adapter(...args);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await plotsOf("training.html"), [
    ...["mean AUC", "balanced accuracy", "Confusion matrix", "ROC", "Precision and recall", ...NAMES],
    ...["Reliability of the guess", "Loss on the training rows", "Mean AUC on the validation rows"],
  ]);
});

test("folds measure every row, and the split that was drawn can be written and used again", async () => {
  const args = ["train", "vectors.npy", "--labels", "unsplit.csv", "--head", "linear-svm", "--seed", "3"];
  const folded = await adapter(...args, "--folds", "4");
  assert.equal(folded.code, 0, folded.stderr);
  assert.match(folded.stdout, /^all rows, 4 folds, each row by a head that has not seen it/);
  const drawn = await adapter(...args, "--write-split", "drawn.csv", "--json");
  const again = await adapter(...args.slice(0, 3), "drawn.csv", ...args.slice(4), "--json");
  assert.equal(again.stdout, drawn.stdout);
  assert.match(
    await readFile(join(folder, "drawn.csv"), "utf8"),
    /^id,label,group,split,sex,age\r\npictures\/0\.png,[^,]+,0,(train|validation|test),M,20\r\n/,
  );
});

test("the published network is trained, exported for PyTorch and imported from it", async () => {
  const args = [
    "train",
    "vectors.npy",
    "--labels",
    "labels.csv",
    "--head",
    "adapter-network",
    "--epochs",
    "1",
    "--hidden",
    "16",
  ];
  const trained = await adapter(...args, "--out", "network");
  assert.equal(trained.code, 0, trained.stderr);
  assert.match(trained.stderr, /adapter-network: epoch 1 of 1, loss \d\.\d{4}, validation AUC 0\.\d{4}, accuracy/);
  assert.deepEqual(await adapter("export", "network", "--out", "state.safetensors"), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const { "retrieval_conv.0.weight": convolution } = await readTensors(join(folder, "state.safetensors"));
  assert.deepEqual(convolution.shape, [16, 512, 3]);

  await writeFile(join(folder, "labels.txt"), `${NAMES.join("\n")}\n`);
  const weights = join(import.meta.dirname, "../files/applications/adapter.pt");
  const imported = await adapter(
    "import",
    weights,
    "--labels-file",
    "labels.txt",
    "--vectors",
    "vectors.npy",
    "--out",
    "imported",
  );
  assert.equal(imported.code, 0, imported.stderr);
  const { stdout } = await adapter("predict", "imported", "vectors.npy", "--out", "imported.jsonl").then(async () => ({
    stdout: await readFile(join(folder, "imported.jsonl"), "utf8"),
  }));
  const predictions = parseLines(stdout);
  const [row] = heads.test;
  const powers = heads.adapter.logits[0].map(Math.exp);
  const expected = powers.map((power: number) => power / powers.reduce((a: number, b: number) => a + b));
  assert.ok(largestDifference(Object.values(predictions[row].probabilities), expected) < 1e-6);
  assert.deepEqual(predictions[row].calls, {});
});

await writeVectors("nan.npy", { change: (vector) => vector.fill(Number.NaN) });
await writeLabels("one.csv", { label: () => "normal" });
await writeLabels("typo.csv", { label: (row) => (row === 5 ? "efusion" : NAMES[all.labels[row]]) });
await writeFile(join(folder, "columns.csv"), "path,finding\na,b\n");
await writeFile(join(folder, "torn.csv"), 'id,label\na,"b\n');

const COMMANDS = { train, predict, evaluate, export: exportAdapter } as const;
const [vectors, labels, best] = ["vectors.npy", "labels.csv", "best"].map((name) => join(folder, name));
const at = (name: string) => join(folder, name);

const REFUSED: readonly {
  command: keyof typeof COMMANDS;
  args: readonly string[];
  options?: Readonly<Record<string, unknown>>;
  code: string;
  message: RegExp;
}[] = [
  { command: "train", args: [vectors], code: "usage", message: /--labels is needed/ },
  { command: "train", args: [vectors], options: { labels, out: best }, code: "usage", message: /best exists already/ },
  {
    command: "train",
    args: [vectors],
    options: { labels, head: ["oracle"] },
    code: "usage",
    message: /--head oracle is unknown; known are adapter-network, /,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels, k: "5" },
    code: "usage",
    message: /--k is no setting of logistic-regression/,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels, c: "much" },
    code: "usage",
    message: /the setting c of logistic-regression must be/,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels, split: "50,50" },
    code: "usage",
    message: /--split 50,50 must be percents/,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels, head: ["k-nn"], k: "500" },
    code: "invalid-data",
    message: /k is 500, but there are 186 vectors to choose neighbours from: take a smaller k/,
  },
  {
    command: "train",
    args: [at("nan.npy")],
    options: { labels },
    code: "invalid-data",
    message: /row 8 of .*nan\.npy holds what is no finite number: embed it again/,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels: at("columns.csv") },
    code: "invalid-data",
    message: /columns\.csv needs a header with the columns id and label/,
  },
  {
    command: "train",
    args: [vectors],
    options: { labels: at("torn.csv") },
    code: "invalid-data",
    message: /torn\.csv, line \d+ is no CSV: /,
  },
  { command: "train", args: [at("missing.npy")], options: { labels }, code: "not-found", message: /there is no file / },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels: at("typo.csv") },
    code: "invalid-data",
    message: /line 7: there is no label "efusion"; did you mean "effusion"\?/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels, by: ["maker"] },
    code: "invalid-data",
    message: /the labels have no column "maker"; they have group, split, sex, age/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels, by: ["sex=1"] },
    code: "invalid-data",
    message: /line 2: sex is no number/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels: at("unsplit.csv"), part: "test" },
    code: "invalid-data",
    message: /no labelled vector has the split "test"/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels, prevalence: ["effusion=3"] },
    code: "usage",
    message: /--prevalence effusion=3 must be a label and a share/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels, report: "report.pdf" },
    code: "usage",
    message: /--report report\.pdf must be a file that ends in \.html/,
  },
  {
    command: "evaluate",
    args: [best, vectors],
    options: { labels, report: "/nowhere/report.html" },
    code: "write-failed",
    message: /cannot write \/nowhere\/report\.html: ENOENT/,
  },
  {
    command: "predict",
    args: [best, at("vectors.jsonl")],
    code: "wrong-space",
    message:
      /trained on vectors of small \(weights 0f0f0f0f, profile direct, 64 values\) and is of no use for those of small \(weights 0f0f0f0f, profile mi2-service/,
  },
  {
    command: "predict",
    args: [vectors, best],
    code: "not-found",
    message: /vectors\.npy is no adapter: it has no adapter\.json/,
  },
  {
    command: "predict",
    args: [best, vectors],
    options: { out: "p.xlsx" },
    code: "usage",
    message: /--out p\.xlsx: the name must end in \.csv, \.jsonl/,
  },
  {
    command: "export",
    args: [best],
    options: { out: "state.pt" },
    code: "usage",
    message: /must end in \.safetensors/,
  },
];

for (const { command, args, options = {}, code, message } of REFUSED) {
  test(`${command} refuses: ${message.source}`, async () => {
    await assert.rejects(COMMANDS[command](args, options), { code, message });
  });
}

test("what is refused is said in one line and leaves nothing behind", async () => {
  const { code, stdout, stderr } = await adapter("train", "vectors.npy", "--labels", "one.csv", "--out", "nothing");
  assert.deepEqual(
    [code, stdout, stderr],
    [1, "", 'medembed: there is one class only, "normal": a classifier needs two at least\n'],
  );
  await assert.rejects(stat(join(folder, "nothing")), { code: "ENOENT" });
});
