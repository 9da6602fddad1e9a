import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { seededRandom } from "../../src/applications/random.ts";
import { normalised } from "../../src/applications/volumes/aggregate.ts";
import { temporaryFolder } from "../golden-small.ts";
import { medembed, parseLines } from "./run.ts";

const folder = await temporaryFolder();
const run = (...args: string[]) => medembed(args, { cwd: folder });
const exams = (...args: string[]) => run("exam-parameters", ...args);
const DIMENSIONS = 16;
const PLANES = ["axial", "coronal", "sagittal"];
const ECHO_TIMES = [10, 40, 110];

/** Slices of a series that all lie near the direction of its plane. */
function slicesOf(patient: number, plane: number, columns: Record<string, unknown> = {}) {
  const random = seededRandom(patient * 3 + plane);
  return Array.from({ length: 3 }, (_, slice) => {
    const values = Float32Array.from({ length: DIMENSIONS }, () => 0.4 * (random() - 0.5));
    values[plane] += 1;
    const name = `p${patient}-${PLANES[plane]}-${slice}`;
    return {
      ...{ id: name, source: `pictures/${name}.dcm`, patient: `p${patient}`, series: `p${patient}-${PLANES[plane]}` },
      ...{ modality: "MR", bodyPart: "BRAIN", plane: PLANES[plane], slicePosition: slice * 5 },
      ...{ scanningSequence: "SE", repetitionTime: 3000, echoTime: ECHO_TIMES[plane] + (patient % 5) },
      ...columns,
      ...{ kind: "image", model: "small", weights: "0f".repeat(32), profile: "direct", precision: "fp32" },
      vector: Array.from(normalised(values)),
    };
  });
}

async function writeRows(name: string, rows: readonly object[]): Promise<void> {
  await writeFile(join(folder, name), rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

/** Twelve patients with a series in each plane; the header of one series is wrong. */
const PLANTED = "p4-coronal";
const series = (isPlanted: boolean) =>
  Array.from({ length: 12 }, (_, patient) =>
    PLANES.flatMap((_, plane) => {
      const isWrong = isPlanted && `p${patient}-${PLANES[plane]}` === PLANTED;
      return slicesOf(patient, plane, isWrong ? { plane: "sagittal" } : {});
    }),
  ).flat();
await writeRows("right.jsonl", series(false));
await writeRows("planted.jsonl", series(true));
/** One header that tells nothing but its patient, one that tells another plane than its slices show. */
const untold = { plane: undefined, scanningSequence: undefined, repetitionTime: undefined, echoTime: undefined };
await writeRows("new.jsonl", [...slicesOf(50, 2, untold), ...slicesOf(51, 0, { plane: "coronal", echoTime: 77 })]);
await writeRows(
  "other-profile.jsonl",
  slicesOf(60, 0, {}).map((row) => ({ ...row, profile: "mi2-service" })),
);
await writeRows(
  "bare.jsonl",
  series(false).map(({ id, kind, model, weights, profile, vector }) => ({ id, kind, model, weights, profile, vector })),
);
const imported = await run("library", "import", "planted.jsonl", "--library", "lib");
assert.equal(imported.code, 0, imported.stderr);

test("the audit counts series by what their headers tell, with what is missing", async () => {
  const { stdout } = await exams("audit", "new.jsonl", "--json");
  const { rows, labels, numbers } = JSON.parse(stdout);
  assert.equal(rows, 2);
  assert.deepEqual(labels.plane, { missing: 1, counts: { coronal: 1 } });
  assert.deepEqual(labels.region, { missing: 0, counts: { head: 2 } });
  assert.deepEqual(numbers.echoTime, { missing: 1, different: 1, range: [77, 77, 77] });
  const inWords = await exams("audit", "--library", "lib", "--per", "picture");
  assert.match(inWords.stdout, /^108 rows\n/);
  assert.match(inWords.stdout, /^plane: axial +36 +33\.3 %$/m);
  assert.match(inWords.stdout, /^contrast: \(missing\) +108 +100\.0 %$/m);
  assert.match(inWords.stdout, /^echoTime, ms +0 +15 +10 +42 +114$/m);
});

test("a predictor is fitted, measured on patients left out, and kept", async () => {
  const { code, stdout, stderr } = await exams("fit", "right.jsonl", "--out", "exams", "--json");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^note: too few headers tell modality, .*inversionTime.*, or all say the same$/m);
  const { examples, patients, labels, numbers, out } = JSON.parse(stdout);
  assert.deepEqual([examples, patients, out], [36, 12, "exams"]);
  assert.deepEqual(Object.keys(labels), ["plane", "sequence"]);
  const { coverage, accuracy, balancedAccuracy, confusion } = labels.plane;
  const sure = { value: 1, low: 1, high: 1 };
  assert.deepEqual([coverage, accuracy, balancedAccuracy], [sure, sure, sure]);
  assert.deepEqual(confusion, [
    [12, 0, 0, 0],
    [0, 12, 0, 0],
    [0, 0, 12, 0],
  ]);
  assert.deepEqual(labels.sequence.values, ["T2", "proton density"]);
  assert.ok(numbers.echoTime.error.value < Math.log(1.2) && numbers.echoTime.intervalCoverage.value >= 0.8, stdout);
});

test("the figures are shown as tables", async () => {
  const { stdout } = await exams(
    "fit",
    "--library",
    "lib",
    "--where",
    "plane!=",
    "--target",
    "plane",
    "--alpha",
    "0.2",
  );
  assert.match(
    stdout,
    /^36 examples of 12 patients, each patient left out once; in brackets 95 % intervals over patients$/m,
  );
  assert.match(stdout, /^plane +36 +3 +1\.000 \(.*\) +0\.972 \(0\.9\d\d to 1\.000\) +0\.9\d\d \(.*\)$/m);
  assert.match(
    stdout,
    /^echoTime, ms +36 +1\.000 \(.*\) +×÷ 1\.\d\d \(1\.\d\d to 1\.\d\d\) +×÷ 1\.\d\d +0\.\d{3} \(.*\)$/m,
  );
  assert.match(stdout, /^3 sagittal +0 +1 +12 +0$/m);
});

test("a page shows what headers tell and the confusion of each label", async () => {
  const { code, stderr } = await exams("fit", "planted.jsonl", "--report", "page.html");
  assert.equal(code, 0, stderr);
  const page = await readFile(join(folder, "page.html"), "utf8");
  assert.equal(page.match(/<svg /g)?.length, 3);
  for (const part of [/What headers tell/, /<h2>plane<\/h2>/, /<h2>sequence<\/h2>/, /echoTime, ms/])
    assert.match(page, part);
  const records: Record<string, string>[] = parse(await readFile(join(folder, "page.csv")), { columns: true });
  assert.deepEqual(
    [...new Set(records.map(({ target }) => target))],
    ["plane", "sequence", "repetitionTime", "echoTime"],
  );
  const accuracy = records.find(({ target, figure }) => target === "plane" && figure === "accuracy");
  assert.ok(Number(accuracy?.low) < Number(accuracy?.value) && accuracy?.high === "1");
  assert.equal(JSON.parse(await readFile(join(folder, "page.json"), "utf8")).patients, 12);
});

test("what is told stands beside what the header tells, and takes its place nowhere", async () => {
  const { code, stdout, stderr } = await exams("predict", "exams", "new.jsonl");
  assert.equal(code, 0, stderr);
  const [first, second]: Record<string, string>[] = parse(stdout, { columns: true });
  assert.deepEqual(
    [first.id, first.plane, first.plane_predicted, first.plane_share],
    ["p50-sagittal", "", "sagittal", "1"],
  );
  assert.deepEqual([first.echoTime, first.sequence, first.sequence_predicted], ["", "", "T2"]);
  const [low, value, high] = [first.echoTime_low, first.echoTime_predicted, first.echoTime_high].map(Number);
  assert.ok(low < value && value < high && value >= 110 && value <= 114, `${low} ${value} ${high}`);
  assert.deepEqual([second.plane, second.plane_predicted, second.echoTime], ["coronal", "axial", "77"]);
  assert.match(second.nearest_1, /^p\d+-axial$/);
  const asJson = await exams("predict", "exams", "new.jsonl", "--out", "found.jsonl");
  assert.deepEqual([asJson.code, asJson.stdout], [0, ""]);
  const [line] = parseLines(await readFile(join(folder, "found.jsonl"), "utf8"));
  assert.deepEqual(line.labels.plane, { header: null, predicted: "sagittal", share: 1 });
  assert.equal(line.neighbours.length, 5);
});

test("the series with the wrong header is found, in a library and by a predictor, and no other", async () => {
  for (const args of [["--library", "lib"], ["planted.jsonl"], ["planted.jsonl", "--predictor", "exams"]]) {
    const { code, stdout, stderr } = await exams("check", ...args, "--json");
    assert.equal(code, 0, stderr);
    const { checked, disagreements } = JSON.parse(stdout);
    assert.equal(checked, 36);
    assert.deepEqual(
      disagreements.map(({ id, target, header, neighbours }: Record<string, string>) => [
        id,
        target,
        header,
        neighbours,
      ]),
      [[PLANTED, "plane", "sagittal", "coronal"]],
    );
  }
  const inWords = await exams("check", "planted.jsonl");
  assert.match(inWords.stdout, /^36 checked, 1 disagreements$/m);
  assert.match(
    inWords.stdout,
    /^pictures\/p4-coronal-\d\.dcm +plane +sagittal +coronal +1\.00 +p\d+-coronal +0\.\d{4}$/m,
  );
});

test("headers that agree are told so", async () => {
  const { stdout } = await exams("check", "right.jsonl");
  assert.equal(stdout, "36 checked, 0 disagreements\n\n");
});

const REFUSED: readonly [what: string, args: readonly string[], code: number, message: RegExp][] = [
  ["two sources", ["fit", "right.jsonl", "--library", "lib"], 2, /name one source/],
  ["no source", ["audit"], 2, /name one source/],
  ["conditions for a file", ["audit", "right.jsonl", "--where", "modality=MR"], 2, /--where is for libraries/],
  ["a library without such records", ["audit", "--library", "lib", "--where", "modality=CT"], 2, /no such records/],
  ["vectors without facts", ["fit", "bare.jsonl"], 1, /nothing can be learned of these 108 examples/],
  ["vectors of another profile", ["predict", "exams", "other-profile.jsonl"], 1, /say nothing of those of/],
  [
    "more neighbours than examples",
    ["fit", "right.jsonl", "--neighbours", "34"],
    1,
    /of which 33 are left .*needed: 34/,
  ],
  ["a label that nothing has", ["fit", "right.jsonl", "--target", "plne"], 2, /no column plne, did you mean plane\?/],
  ["a margin above 1", ["fit", "right.jsonl", "--margin", "2"], 2, /--margin 2 must be a share/],
  ["what is no predictor", ["predict", ".", "new.jsonl"], 1, /is no predictor of exam parameters/],
  ["a place that is taken", ["fit", "right.jsonl", "--out", "exams"], 2, /exams exists already/],
  [
    "settings beside a predictor",
    ["check", "right.jsonl", "--predictor", "exams", "--margin", "0.5"],
    2,
    /has its own/,
  ],
];

for (const [what, args, code, message] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const outcome = await exams(...args);
    assert.deepEqual([outcome.code, outcome.stdout], [code, ""]);
    assert.match(outcome.stderr, message);
  });
}
