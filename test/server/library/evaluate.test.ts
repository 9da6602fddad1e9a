import assert from "node:assert/strict";
import { test } from "node:test";
import { stack } from "../../../src/applications/matrix.ts";
import { BOOTSTRAP_ROUNDS } from "../../../src/applications/metrics/bootstrap.ts";
import { evaluateRetrieval } from "../../../src/applications/retrieval/evaluate-retrieval.ts";
import { rankGallery } from "../../../src/applications/retrieval/rank-gallery.ts";
import { normalised } from "../../../src/applications/volumes/aggregate.ts";
import { Library } from "../../../src/library/library.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { openGolden } from "../../golden-small.ts";
import { freshPlace, storedVector, unitVector } from "../../library/synthetic.ts";
import { serve } from "../serving.ts";

const embedder = await openGolden();
const uri = await freshPlace();
const FINDINGS = ["effusion", "nodule", "normal"];
const centers = FINDINGS.map((finding) => unitVector(finding, embedder.card.projection));
/** Thirty of ten patients near the direction of their finding, and one without a label. */
const records = Array.from({ length: 30 }, (_, i) => {
  const noise = unitVector(`${i}`, embedder.card.projection);
  return storedVector(`record ${String(i).padStart(2, "0")}`, {
    vector: normalised(centers[i % 3].map((value, j) => value + 1.2 * noise[j])),
    facts: { patient: `p${Math.floor(i / 3)}`, modality: i < 15 ? "CT" : "MR" },
    labels: { finding: FINDINGS[i % 3] },
  });
});
const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
await library.insert([...records, storedVector("unlabelled", { vector: centers[0], facts: { modality: "CT" } })]);
await library.close();
const { app } = await serve(embedder, { libraries: [{ name: "lib", uri, isWritable: false }] });
const ask = (payload: object) => app.inject({ method: "POST", url: "/library/lib/evaluate", payload });

test("a library that may only be read is evaluated by a label, as the application evaluates it", async () => {
  const response = await ask({ field: "label.finding", k: [5, 1, 5], nearDuplicates: 0.999, seed: 3 });
  assert.equal(response.statusCode, 200, response.body);
  const items = {
    ids: records.map(({ id }) => id),
    vectors: stack(records.map(({ vector }) => vector)),
    labels: Int32Array.from(records, (_, i) => i % 3),
    groups: records.map(({ facts }) => facts.patient!),
  };
  const report = evaluateRetrieval(rankGallery(items, items, { depth: 5, likeness: 0.999 }), items, {
    classes: 3,
    ranks: [1, 5],
    bootstrap: { seed: 3, rounds: BOOTSTRAP_ROUNDS },
  });
  const expected = { library: "lib", field: "label.finding", without: 1, labels: FINDINGS, ...report };
  assert.deepEqual(response.json(), JSON.parse(JSON.stringify(expected)));
  const { macro } = report.atRanks[0].figures.precision;
  assert.ok(macro.value > 0.5 && macro.low < macro.value, "it finds more than chance would");
});

test("conditions narrow what is looked for among what, and facts are fields, too", async () => {
  const { without, queries, groups } = (await ask({ field: "label.finding", where: ["modality=MR"], k: [3] })).json();
  assert.deepEqual([without, queries, groups], [0, 15, 5]);
  const byModality = await ask({ field: "modality", k: [1] });
  assert.deepEqual(byModality.json().labels, ["CT", "MR"]);
  assert.equal(byModality.json().queries, 31);
});

const REFUSED: readonly [what: string, body: object, message: RegExp][] = [
  ["no field", {}, /field/],
  [
    "a field that there is not",
    { field: "finding" },
    /field is no field of records: needed is label\.NAME or one of id, /,
  ],
  ["a label that no record has", { field: "label.stage" }, /no record is as field says/],
  ["one value only", { field: "label.finding", where: ["label.finding=normal"], k: [1] }, /there is one label only/],
  [
    "more ranks than records",
    { field: "label.finding", k: [40] },
    /k is 40, but there are 29 items to find: take a smaller k/,
  ],
  ["no rank", { field: "label.finding", k: [0] }, /k must be >= 1/],
  ["what is no cosine", { field: "label.finding", nearDuplicates: 2 }, /nearDuplicates must be <= 1/],
];

for (const [what, body, message] of REFUSED) {
  test(`400: ${what}`, async () => {
    const response = await ask(body);
    assert.equal(response.statusCode, 400, response.body);
    assert.match(response.json().error.message, message);
  });
}
