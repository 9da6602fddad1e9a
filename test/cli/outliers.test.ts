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
const DIMENSIONS = 32;
const run = (...args: string[]) => medembed(args, { cwd: folder });
const outliers = (...args: string[]) => run("library", "outliers", "--library", "lib", ...args);

/** Around one direction, or, when it is odd, around another. */
function vector(seed: number, isOdd: boolean): number[] {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: DIMENSIONS }, () => 0.3 * (random() - 0.5));
  values[isOdd ? 1 : 0] += 2;
  return Array.from(normalised(values));
}

function row(
  seed: number,
  name: string,
  { isOdd = false, profile = "direct", ...columns }: Record<string, unknown> = {},
) {
  const space = { kind: "image", model: "small", weights: "0f".repeat(32), profile, precision: "fp32" };
  return { id: name, source: `pictures/${name}.png`, ...columns, ...space, vector: vector(seed, isOdd === true) };
}

async function writeRows(name: string, rows: readonly object[]): Promise<void> {
  await writeFile(join(folder, name), rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

const accepted = Array.from({ length: 24 }, (_, i) =>
  row(i + 1, `normal-${i}`, { patient: `p${i >> 1}`, "label.quality": "accepted" }),
);
const rejected = [61, 62].map((i) => row(i, `rejected-${i}`, { isOdd: true, "label.quality": "rejected" }));
/** Ten like the reference in January; in February half of them odd. */
const fresh = Array.from({ length: 20 }, (_, i) => {
  const isOdd = i % 4 === 3;
  const month = i % 2 === 0 ? "01" : "02";
  const site = i % 2 === 0 ? {} : { "label.site": "north" };
  return row(100 + i, `${isOdd ? "odd" : "fine"}-${i}`, {
    isOdd,
    ...site,
    added: `2025-${month}-1${i % 10}T08:00:00.000Z`,
  });
});
await writeRows("accepted.jsonl", accepted);
await writeRows("rejected.jsonl", rejected);
await writeRows("fresh.jsonl", fresh);
const imported = await run("library", "import", "accepted.jsonl", "rejected.jsonl", "fresh.jsonl", "--library", "lib");
assert.equal(imported.code, 0, imported.stderr);

const REFERENCE = ["--reference", "label.quality=accepted"];
const JUDGED = ["--where", "label.quality="];

test("odd pictures of a library come first, called outliers by both methods, with the accepted ones they are nearest to", async () => {
  const { code, stdout, stderr } = await outliers(...REFERENCE, ...JUDGED, "--method", "both", "--json");
  assert.equal(code, 0, stderr);
  const { reference, methods, judged } = JSON.parse(stdout);
  assert.deepEqual(reference, { rows: 24, groups: 12, smallestAlpha: 1 / 25 });
  assert.deepEqual([methods.knn.leftOut.length, methods.mahalanobis.threshold.origin], [24, "alpha"]);
  assert.equal(judged.length, 20);
  for (const [i, { id, source, methods, nearest }] of judged.entries()) {
    assert.equal(source, `pictures/${id}.png`);
    assert.equal(id.startsWith("odd-"), i < 5, id);
    if (i < 5)
      assert.deepEqual([methods.knn.isOutlier, methods.knn.p, methods.mahalanobis.isOutlier], [true, 1 / 25, true]);
    assert.equal(nearest.length, 2);
    assert.match(nearest[0].source, /^pictures\/normal-\d+\.png$/);
    assert.ok(nearest[0].distance <= nearest[1].distance);
    const mean = (nearest[0].distance + nearest[1].distance) / 2;
    assert.ok(Math.abs(methods.knn.score - mean) < 1e-12);
  }
});

test("the table has a line each, most unusual first; references are passed by and told", async () => {
  const { code, stdout, stderr } = await outliers(...REFERENCE);
  assert.equal(code, 0);
  assert.match(stderr, /^note: 24 that are references or known outliers are not judged$/m);
  assert.match(stdout, /^24 references of 12 groups, 22 judged$/m);
  assert.match(stdout, /^knn +0\.\d+ +alpha +0\.\d+ +0\.\d+$/m);
  const lines = stdout.split("\n").filter((line) => line.startsWith("pictures/"));
  assert.equal(lines.length, 22);
  assert.match(
    lines[0],
    /^pictures\/(odd|rejected)-\d+\.png +1\.\d+ +0\.0400 +yes +pictures\/normal-\d+\.png +1\.\d+$/,
  );
  assert.match(lines[21], /^pictures\/fine-.* no +pictures/);
});

test("known outliers set the threshold, and are not judged", async () => {
  const args = [...REFERENCE, "--outliers", "label.quality=rejected", "--json"];
  const { methods, judged, passedBy } = JSON.parse((await outliers(...args)).stdout);
  const { value, origin, sensitivity, specificity } = methods.knn.threshold;
  assert.deepEqual([origin, sensitivity, specificity, passedBy, judged.length], ["labels", 1, 1, 26, 20]);
  const highest = Math.max(...methods.knn.leftOut);
  assert.ok(value > highest && value < 1, `${value} between the reference's ${highest} and the rejected ones`);
});

test("too few references for an alpha are told, and nothing is called", async () => {
  const { code, stdout, stderr } = await outliers(...REFERENCE, ...JUDGED, "--alpha", "0.03", "--json");
  assert.equal(code, 0);
  assert.match(
    stderr,
    /with 24 references no p is below 0\.0400, so knn calls nothing an outlier at 0\.03: take 33 references, --alpha 0\.04/,
  );
  const { methods, judged } = JSON.parse(stdout);
  assert.equal(methods.knn.threshold, null);
  assert.ok(
    judged.every(({ methods }: { methods: { knn: { isOutlier: unknown } } }) => methods.knn.isOutlier === null),
  );
});

test("the month whose pictures have changed shows, and so does a site", async () => {
  const { stdout } = await outliers(...REFERENCE, ...JUDGED, "--drift", "added", "--json");
  const [january, february] = JSON.parse(stdout).drift;
  assert.deepEqual([january.bucket, january.rows, february.bucket, february.rows], ["2025-01", 10, "2025-02", 10]);
  assert.ok(january.p > 0.05 && february.p < 0.05 && february.outliers >= 5, stdout.slice(-600));
  const bySite = await outliers(...REFERENCE, ...JUDGED, "--drift", "label.site");
  assert.match(
    bySite.stdout,
    /^bucket +rows +outliers +mean score +mean p +KS distance +KS p\nnorth +10 +.*\nunknown +10 /m,
  );
});

test("files of vectors are judged alike, and the rows go to a file", async () => {
  const args = ["outliers", "accepted.jsonl", "fresh.jsonl", "--method", "both"];
  for (const out of ["found.csv", "found.jsonl"]) {
    const { code, stdout, stderr } = await run(...args, "--out", out);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /pictures/);
  }
  const lines = parseLines(await readFile(join(folder, "found.jsonl"), "utf8"));
  const records: Record<string, string>[] = parse(await readFile(join(folder, "found.csv")), { columns: true });
  const { judged } = JSON.parse((await outliers(...REFERENCE, ...JUDGED, "--method", "both", "--json")).stdout);
  const known = (line: (typeof lines)[number]) => [line.id, line.nearest, line.methods.knn, line.methods.mahalanobis.p];
  assert.deepEqual(lines.map(known), judged.map(known));
  assert.deepEqual(Object.keys(records[0]), [
    ...["id", "source", "knn", "knn_p", "knn_outlier", "mahalanobis", "mahalanobis_p", "mahalanobis_outlier"],
    ...["nearest_1", "nearest_1_source", "nearest_1_distance", "nearest_2", "nearest_2_source", "nearest_2_distance"],
  ]);
  assert.deepEqual(
    records.map(({ id, knn, mahalanobis_p }) => [id, Number(knn), Number(mahalanobis_p)]),
    lines.map(({ id, methods }) => [id, methods.knn.score, methods.mahalanobis.p]),
  );
});

test("a page shows scores, threshold, drift and the most unusual beside their nearest references", async () => {
  const known = ["--outliers", "label.quality=rejected"];
  const { code, stderr } = await outliers(...REFERENCE, ...known, "--drift", "added:year", "--report", "page.html");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^report: page\.html$/m);
  const page = await readFile(join(folder, "page.html"), "utf8");
  for (const part of [
    /references, left out/,
    /known outliers/,
    /threshold 0\.\d{3}/,
    /<h2>Drift<\/h2>/,
    /2025/,
    /knn, AUC 1\.000: threshold/,
    /knn, AP 1\.000: threshold/,
  ]) {
    assert.match(page, part);
  }
  assert.equal(page.match(/<b>(outlier|judged)<\/b>/g)?.length, 20);
  assert.equal(page.match(/<b>nearest reference<\/b>/g)?.length, 20);
  assert.match(page, /the file is gone/);
  const { judged, methods } = JSON.parse(await readFile(join(folder, "page.json"), "utf8"));
  assert.deepEqual([judged.length, methods.knn.known.length], [20, 2]);
  assert.deepEqual([methods.knn.area, methods.knn.averagePrecision], [1, 1]);
  const records = parse(await readFile(join(folder, "page.csv")), { columns: true });
  assert.equal(records.length, 20);
});

await writeRows("one.jsonl", accepted.slice(0, 1));
await writeRows("other-profile.jsonl", [row(1, "a", { profile: "mi2-service" })]);

const REFUSED: readonly [what: string, args: readonly string[], code: number, message: RegExp][] = [
  ["no --reference", ["library", "outliers", "--library", "lib"], 2, /say which records are the accepted ones/],
  [
    "a reference that nothing is",
    ["library", "outliers", "--library", "lib", "--reference", "modality=CT"],
    2,
    /no record of the library is as --reference says/,
  ],
  [
    "nothing to judge",
    ["library", "outliers", "--library", "lib", ...REFERENCE, "--where", "label.quality=accepted"],
    2,
    /nothing to judge but the reference/,
  ],
  [
    "one reference",
    ["outliers", "one.jsonl", "fresh.jsonl"],
    1,
    /there are 1 vectors to compare with, of which 0 are left/,
  ],
  [
    "more neighbours than references",
    ["outliers", "accepted.jsonl", "fresh.jsonl", "--neighbours", "30"],
    1,
    /needed: 30/,
  ],
  [
    "vectors of another profile",
    ["outliers", "accepted.jsonl", "other-profile.jsonl"],
    1,
    /do not compare with them: embed both/,
  ],
  [
    "an unknown method",
    ["outliers", "accepted.jsonl", "fresh.jsonl", "--method", "umap"],
    2,
    /known are knn, mahalanobis, both/,
  ],
  ["an alpha of nothing", ["outliers", "accepted.jsonl", "fresh.jsonl", "--alpha", "0"], 2, /between 0 and 1/],
  [
    "two ways to a threshold",
    ["outliers", "accepted.jsonl", "fresh.jsonl", "--alpha", "0.1", "--outliers", "one.jsonl"],
    2,
    /give one of them/,
  ],
  [
    "a field that none has",
    ["outliers", "accepted.jsonl", "fresh.jsonl", "--drift", "modality"],
    2,
    /none of those that were judged has a modality/,
  ],
  ["an unknown time", ["outliers", "accepted.jsonl", "fresh.jsonl", "--drift", "added:week"], 2, /day, month, year/],
  ["another ending", ["outliers", "accepted.jsonl", "fresh.jsonl", "--out", "x.txt"], 2, /must end in \.csv, \.jsonl/],
];

for (const [what, args, code, message] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const outcome = await run(...args);
    assert.deepEqual([outcome.code, outcome.stdout], [code, ""]);
    assert.match(outcome.stderr, message);
  });
}
