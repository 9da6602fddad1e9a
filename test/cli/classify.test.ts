import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { predictionTable } from "../../src/cli/classify/prediction-writer.ts";
import { writerOf } from "../../src/vector-files/vector-file.ts";
import { temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const ROOT = join(import.meta.dirname, "../..");
const folder = await temporaryFolder();
const cache = join(folder, "cache");
const KINDS = "x-ray chest,computed tomography brain,magnetic resonance imaging brain,fundus photography eye";
const PICTURES = ["ct-head.png", "mri-brain-axial.png", "fundus-normal.jpg"].map((name) => `examples/images/${name}`);
const inFolder = (name: string) => join(folder, name);
const classify = (...args: string[]) => medembed(["classify", ...args, "--cache", cache], { cwd: ROOT });
const SET_NOTE = /^note: the probabilities hold for this set of labels: /m;

/** The lines of a CSV by column. */
const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true });

before(async () => {
  const embedded = await medembed(["embed", ...PICTURES, "--out", inFolder("vectors.parquet"), "--cache", cache], {
    cwd: ROOT,
  });
  assert.equal(embedded.code, 0, embedded.stderr);
  await mkdir(inFolder("empty"));
});

test("each picture gets the label that fits best, and the probabilities of all", async () => {
  const { code, stdout, stderr } = await classify(...PICTURES, "--labels", KINDS, "--label", "ultrasound, of any part");
  assert.equal(code, 0, stderr);
  const rows = rowsOf(stdout);
  const labels = [...KINDS.split(","), "ultrasound, of any part"];
  assert.deepEqual(Object.keys(rows[0]), ["file_name", "zero_shot_pred", ...labels]);
  assert.deepEqual(
    rows.map(({ file_name }) => file_name),
    PICTURES,
  );
  assert.deepEqual(
    rows.map(({ zero_shot_pred }) => zero_shot_pred),
    labels.slice(1, 4),
  );
  for (const row of rows) {
    const probabilities = labels.map((label) => Number(row[label]));
    assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    assert.equal(Number(row[row.zero_shot_pred]), Math.max(...probabilities));
  }
  assert.match(stderr, SET_NOTE);
  assert.match(stderr, /^note: some texts have a comma, such as "ultrasound, of any part"/m);
});

test("vectors of a file are classified without embedding anything again, to the same", async () => {
  const fromPictures = await classify(...PICTURES, "--labels", KINDS);
  const fromVectors = await classify("--vectors", inFolder("vectors.parquet"), "--labels", KINDS);
  assert.deepEqual([fromVectors.code, fromVectors.stdout], [0, fromPictures.stdout]);
  assert.doesNotMatch(fromVectors.stderr, /vectors, 0 failed/);
});

test("a DICOM file is classified as it is rendered; a file that is no picture is told, and the rest stands", async () => {
  await writeFile(inFolder("broken.png"), "no picture");
  const inputs = ["examples/dicom/ct-chest.dcm", inFolder("broken.png")];
  const { code, stdout, stderr } = await classify(...inputs, "--labels", "x-ray hand,computed tomography chest");
  assert.equal(code, 1);
  assert.deepEqual(
    rowsOf(stdout).map(({ zero_shot_pred }) => zero_shot_pred),
    ["computed tomography chest"],
  );
  assert.match(stderr, /^failed: .*broken\.png: /m);
});

test("a file of labels has several ways to say one, and templates what stands around them", async () => {
  const lines = [
    "label,prompt,body_part",
    "ct,computed tomography,brain",
    "ct,ct scan,head",
    "mri,magnetic resonance imaging,brain",
  ];
  await writeFile(inFolder("labels.csv"), `${lines.join("\n")}\n`);
  const args = ["--vectors", inFolder("vectors.parquet"), "--labels-file", inFolder("labels.csv")];
  const { code, stdout, stderr } = await classify(...args, "--template", "{label} {body_part}", "--json");
  assert.equal(code, 0, stderr);
  const { labels, predictions, model, weights, profile, report } = JSON.parse(stdout);
  assert.deepEqual(labels, [
    { name: "ct", prompts: ["computed tomography brain", "ct scan head"], negatives: [] },
    { name: "mri", prompts: ["magnetic resonance imaging brain"], negatives: [] },
  ]);
  assert.deepEqual([model, profile, report], ["medembed-nano", "direct", undefined]);
  assert.match(weights, /^[0-9a-f]{64}$/);
  assert.deepEqual(predictions.map((one: { zero_shot_pred: string }) => one.zero_shot_pred).slice(0, 2), ["ct", "mri"]);
  assert.deepEqual(Object.keys(predictions[1].probabilities), ["mri", "ct"], "the likeliest first");
});

test("a label with a text for its absence is answered by itself", async () => {
  const lines = [
    "label,prompt,negative",
    "brain,magnetic resonance imaging brain,fundus photography eye",
    "chest,x-ray chest,magnetic resonance imaging brain",
  ];
  await writeFile(inFolder("pairs.csv"), `${lines.join("\n")}\n`);
  const args = ["--vectors", inFolder("vectors.parquet"), "--labels-file", inFolder("pairs.csv")];
  const out = inFolder("pairs.jsonl");
  const { code, stdout, stderr } = await classify(...args, "--out", out);
  assert.deepEqual([code, stdout], [0, ""], stderr);
  const [, mri] = parseLines(await readFile(out, "utf8"));
  assert.equal(mri.zero_shot_pred, "brain");
  assert.ok(mri.probabilities.brain > 0.9 && mri.probabilities.chest < 0.1);
  assert.match(stderr, /^note: each label is answered by itself/m);
});

test("--top keeps the likeliest labels, in a table for people with their probabilities", async () => {
  const { stdout } = await classify("--vectors", inFolder("vectors.parquet"), "--labels", KINDS, "--top", "1");
  for (const row of rowsOf(stdout)) {
    const filled = KINDS.split(",").filter((label) => row[label] !== "");
    assert.deepEqual(filled, [row.zero_shot_pred]);
  }
  const table = predictionTable([
    { file_name: "a.png", zero_shot_pred: "mri", ground_truth_label: "ct", probabilities: { mri: 0.75, ct: 0.25 } },
    { file_name: "long.png", zero_shot_pred: "ct", ground_truth_label: "", probabilities: { ct: 0.5, mri: 0.5 } },
  ]);
  assert.deepEqual(table.split("\n"), [
    "file      truth  likeliest",
    "a.png     ct     0.750 mri  0.250 ct",
    "long.png  -      0.500 ct   0.500 mri",
    "",
  ]);
});

test("against the truth it tells figures with intervals, classes and confusion", async () => {
  const lines = [
    "id,label,group",
    `${PICTURES[0]},computed tomography brain,a`,
    `${PICTURES[1]},magnetic resonance imaging brain,b`,
    `${PICTURES[2]},x-ray chest,c`,
  ];
  await writeFile(inFolder("truth.csv"), `${lines.join("\n")}\n`);
  const args = ["--vectors", inFolder("vectors.parquet"), "--labels", KINDS, "--truth", inFolder("truth.csv")];
  const out = inFolder("predictions.csv");
  const { code, stdout, stderr } = await classify(...args, "--out", out, "--json");
  assert.equal(code, 0, stderr);
  const { report, predictions } = JSON.parse(stdout);
  assert.deepEqual(
    predictions.map((one: { zero_shot_pred: string }) => one.zero_shot_pred),
    KINDS.split(",").slice(1),
  );
  assert.ok(Math.abs(report.figures.accuracy.value - 2 / 3) < 1e-12);
  assert.ok(report.figures.accuracy.low < report.figures.accuracy.value);
  assert.deepEqual(report.confusion, [
    [0, 0, 0, 1],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 0],
  ]);
  const rows = rowsOf(await readFile(out, "utf8"));
  assert.deepEqual(Object.keys(rows[0]).slice(0, 3), ["file_name", "zero_shot_pred", "ground_truth_label"]);
  assert.equal(rows[2].ground_truth_label, "x-ray chest");

  const people = await classify(...args);
  assert.match(people.stdout, /^3 pictures of 3 groups, in brackets 95 % intervals over groups\n/);
  assert.match(people.stdout, /^accuracy +0\.667 \(/m);
  assert.match(people.stdout, /^2 computed tomography brain +1 +1\.000 +1\.000/m);
  assert.match(people.stderr, /^note: no row is "fundus photography eye": they have no AUC/m);
});

test("a page shows the pictures with their scores, and against the truth the figures", async () => {
  const args = ["--vectors", inFolder("vectors.parquet"), "--labels", KINDS];
  const truth = ["--truth", inFolder("truth.csv")];
  const { code, stderr } = await classify(...args, ...truth, "--report", inFolder("report.html"));
  assert.equal(code, 0, stderr);
  const page = await readFile(inFolder("report.html"), "utf8");
  assert.equal([...page.matchAll(/<img class="picture"[^>]+src="data:image\/jpeg;base64,/g)].length, 3);
  assert.match(page, /<b>fundus photography eye<\/b> · wrong/, "wrong answers are first");
  assert.ok(page.indexOf(" · wrong") < page.indexOf(" · right"));
  assert.match(page, /<dt>magnetic resonance imaging brain <span>[01]\.\d{3}<\/span><\/dt><dd><meter value="[\d.]+">/);
  assert.match(page, /Confusion matrix of 4 classes/);
  assert.equal(JSON.parse(await readFile(inFolder("report.json"), "utf8")).report.rows, 3);
  assert.match(await readFile(inFolder("report.csv"), "utf8"), /^zero-shot,,,accuracy,0\.66/m);

  await classify(...args, "--report", inFolder("plain.html"));
  assert.doesNotMatch(await readFile(inFolder("plain.html"), "utf8"), /Confusion matrix|wrong/);
  assert.match(await readFile(inFolder("plain.csv"), "utf8"), /^file_name,zero_shot_pred,x-ray chest,/);
});

test("the example is measured on the example pictures, and most are right", async () => {
  const truth = ["--truth", "examples/zero-shot/truth.csv"];
  const { code, stdout, stderr } = await classify(
    "examples/images",
    "--labels-file",
    "examples/zero-shot/labels.csv",
    ...truth,
    "--json",
  );
  assert.equal(code, 0, stderr);
  const { report, predictions } = JSON.parse(stdout);
  assert.deepEqual([report.rows, predictions.length], [13, 13]);
  assert.ok(report.figures.accuracy.value > 0.5, `${report.figures.accuracy.value}`);
});

test("labels that are answered by themselves are measured each, on a page with their curves", async () => {
  const truth = ["--truth", "examples/zero-shot/pairs-truth.csv"];
  const args = ["examples/images", "--labels-file", "examples/zero-shot/pairs.csv", ...truth];
  const { code, stdout, stderr } = await classify(...args, "--report", inFolder("pairs.html"), "--json");
  assert.equal(code, 0, stderr);
  const { report, predictions } = JSON.parse(stdout);
  assert.deepEqual([report.rows, report.groups], [13, 13]);
  assert.deepEqual(
    report.perLabel.map(({ label, rows, present }: Record<string, unknown>) => [label, rows, present]),
    [
      ["chest", 13, 3],
      ["sectional", 11, 7],
    ],
  );
  assert.ok(report.macro.area.value > 0.7, `${report.macro.area.value}`);
  const truthOf = (name: string) =>
    predictions.find((one: { file_name: string }) => one.file_name.endsWith(name)).ground_truth_label;
  assert.deepEqual(["ct-chest.png", "ct-head.png", "histology-he.jpg"].map(truthOf), [
    "chest; sectional",
    "sectional",
    "",
  ]);
  const page = await readFile(inFolder("pairs.html"), "utf8");
  for (const part of [/chest, AUC 0\.\d{3}: above 0\.5/, /sectional, AP \d\.\d{3}/, /Each label is answered by itself/])
    assert.match(page, part);
  assert.equal(page.match(/<svg /g)?.length, 1 + 2 + 2 + 2);
  assert.ok(page.indexOf(" · wrong") < page.indexOf(" · right"));
  assert.match(page, /<dt>truth<\/dt><dd>none<\/dd>/);
  assert.match(await readFile(inFolder("pairs.csv"), "utf8"), /^zero-shot,chest,,area,0\.\d+,/m);
  await writeFile(
    inFolder("one-sided.csv"),
    `id,chest,sectional\n${PICTURES[0]},0,1\n${PICTURES[1]},0,\n${PICTURES[2]},,\n`,
  );
  const few = ["--vectors", inFolder("vectors.parquet"), "--labels-file", "examples/zero-shot/pairs.csv"];
  const people = await classify(...few, "--truth", inFolder("one-sided.csv"));
  assert.match(people.stderr, /^note: no picture shows "chest", so it has no AUC/m);
  assert.match(people.stderr, /^note: every picture shows "sectional"/m);
  assert.match(people.stdout, /^2 pictures of 2 groups, in brackets 95 % intervals over groups; present above 0\.5$/m);
  assert.match(people.stdout, /^chest +2 +0 +- +- +- +\d\.\d{3} \(/m);
});

test("the catalogue is listed, and a list of it is a file of labels", async () => {
  const listed = await medembed([
    "labels",
    "--group",
    "modality=ct,body_part=head",
    "--match",
    "^computed tomography brain axial .*hem",
  ]);
  assert.deepEqual([listed.code, listed.stderr], [0, ""]);
  assert.deepEqual(rowsOf(listed.stdout)[0], {
    text: "computed tomography brain axial intracranial hemorrhage",
    canonical_modality: "computed tomography",
    modality: "computed tomography",
    body_part: "brain",
    view: "axial",
    finding: "intracranial hemorrhage",
  });
  await writeFile(inFolder("listed.csv"), listed.stdout);
  const used = await classify("--vectors", inFolder("vectors.parquet"), "--labels-file", inFolder("listed.csv"));
  assert.equal(used.code, 0, used.stderr);
  assert.deepEqual(
    Object.keys(rowsOf(used.stdout)[0]).slice(2),
    rowsOf(listed.stdout).map(({ text }) => text),
  );
  assert.match(used.stderr, /^note: medembed-nano was trained on no picture of "computed tomography brain axial/m);

  const json = await medembed(["labels", "--group", "modality=cytology", "--json"]);
  assert.equal(JSON.parse(json.stdout)[0].text, "cytology cervix");
  const direct = await classify(
    "--vectors",
    inFolder("vectors.parquet"),
    "--labels-from",
    "modality=x-ray,body_part=chest",
  );
  assert.ok(Object.keys(rowsOf(direct.stdout)[0]).includes("pneumonia"), "named by what tells them apart");
});

/** A vector as `medembed embed` would have written it, of a model that nobody has. */
async function writeVector(name: string, { profile = "direct", value = 0.03125 } = {}) {
  const columns = { id: "text", kind: "text", model: "text", weights: "text", profile: "text" } as const;
  const writer = await writerOf(inFolder(name))({ columns, dimensions: 1024 });
  const facts = { id: "a.png", kind: "image", model: "other", weights: "0f".repeat(32), profile };
  await writer.write(facts, new Float32Array(1024).fill(value));
  await writer.close();
}

const REFUSED: readonly { what: string; args: string[]; code: number; message: RegExp }[] = [
  { what: "no labels", args: ["x.png"], code: 2, message: /no labels: give --labels, --label, / },
  {
    what: "one label alone",
    args: ["x.png", "--labels", "x-ray chest"],
    code: 2,
    message: /1 label was given: .* two at least/,
  },
  { what: "a label twice", args: ["x.png", "--labels", "a,b,a"], code: 2, message: /the label "a" is there twice/ },
  {
    what: "a field that templates do not have",
    args: ["x.png", "--labels", "a,b", "--template", "{lable}"],
    code: 2,
    message: /did you mean \{label\}\?/,
  },
  { what: "nothing to classify", args: ["--labels", "a,b"], code: 2, message: /nothing to classify: give paths/ },
  {
    what: "vectors and paths",
    args: ["x.png", "--vectors", "vectors.parquet", "--labels", "a,b"],
    code: 2,
    message: /give it or paths, not both/,
  },
  {
    what: "an ending that nobody writes",
    args: ["x.png", "--labels", "a,b", "--out", "x.xlsx"],
    code: 2,
    message: /must end in \.csv, \.jsonl/,
  },
  {
    what: "a group that the catalogue lacks",
    args: ["x.png", "--labels-from", "bodypart=chest"],
    code: 2,
    message: /there is no group bodypart; did you mean body_part\?/,
  },
  {
    what: "a folder without pictures",
    args: ["empty", "--labels", "a,b"],
    code: 1,
    message: /there is no picture in empty/,
  },
  {
    what: "vectors of another model",
    args: ["--vectors", "other.npy", "--labels", "a,b"],
    code: 1,
    message: /other\.npy is of .*0f0f0f0f.*: name the model of the vectors with --model/,
  },
  {
    what: "vectors with NaN",
    args: ["--vectors", "nan.npy", "--labels", "a,b"],
    code: 1,
    message: /row 1 of nan\.npy holds what is no finite number/,
  },
  {
    what: "vectors that are no directions",
    args: ["--vectors", "deviations.npy", "--labels", "a,b"],
    code: 2,
    message: /std over slices has no likeness to a text/,
  },
  {
    what: "a truth with one picture twice, before any work",
    args: ["x.png", "--labels", "effusion,normal", "--truth", "twice.csv"],
    code: 1,
    message: /medembed: lines 2 and 3 of the labels have the same id/,
  },
  {
    what: "a truth that is none of the labels",
    args: ["--vectors", "vectors.parquet", "--labels", "effusion,normal", "--truth", "typo.csv"],
    code: 1,
    message: /line 2: there is no label "efusion"; did you mean "effusion"\?/,
  },
];

const REFUSED_TRUTHS: readonly [what: string, csv: string, message: RegExp][] = [
  [
    "a label without a column",
    "id,chest,sectionl\na.png,1,0\n",
    /no column "sectional".*did you mean "sectional" where it says "sectionl"\?/,
  ],
  [
    "one label a line",
    "id,label\na.png,chest\n",
    /no column "chest": of labels with a text for their absence each needs one/,
  ],
  [
    "a cell that says something else",
    "id,chest,sectional\na.png,1,0\nb.png,yes,0\n",
    /line 3: "yes" stands under "chest", needed: 1 /,
  ],
  ["one picture twice", "id,chest,sectional\na.png,1,0\na.png,0,0\n", /lines 2 and 3 of the labels have the same id/],
];

for (const [what, csv, message] of REFUSED_TRUTHS) {
  test(`refused before any work, of labels that are answered by themselves: ${what}`, async () => {
    await writeFile(inFolder("refused.csv"), csv);
    const { code, stdout, stderr } = await classify(
      "x.png",
      "--labels-file",
      "examples/zero-shot/pairs.csv",
      "--truth",
      inFolder("refused.csv"),
    );
    assert.deepEqual([code, stdout], [1, ""], stderr);
    assert.match(stderr, message);
  });
}

before(async () => {
  await writeVector("other.npy");
  await writeVector("nan.npy", { value: Number.NaN });
  await writeVector("deviations.npy", { profile: "direct;aggregate=std" });
  await writeFile(inFolder("twice.csv"), "id,label\na.png,normal\na.png,effusion\n");
  await writeFile(inFolder("typo.csv"), "id,label\na.png,efusion\n");
});

for (const { what, args, code, message } of REFUSED) {
  test(`refused: ${what}`, async () => {
    const refused = await medembed(["classify", ...args, "--cache", cache], { cwd: folder });
    assert.deepEqual([refused.code, refused.stdout], [code, ""], refused.stderr);
    assert.match(refused.stderr, message);
  });
}
