import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { stack } from "../../../src/applications/matrix.ts";
import { fitOutlierDetector } from "../../../src/applications/outliers/outlier-detector.ts";
import { alphaThreshold, labelledThreshold } from "../../../src/applications/outliers/thresholds.ts";
import { normalised } from "../../../src/applications/volumes/aggregate.ts";
import { Library } from "../../../src/library/library.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { writePicture } from "../../formats/dicom/write-dicom.ts";
import { goldenImages, openGolden, temporaryFolder } from "../../golden-small.ts";
import { freshPlace, storedVector, unitVector } from "../../library/synthetic.ts";
import { serve } from "../serving.ts";

const embedder = await openGolden();
const uri = await freshPlace();
const center = await embedder.embedImage(goldenImages[0]);
/** Near the first golden picture. */
const near = (seed: string) => {
  const noise = unitVector(seed, center.length);
  return normalised(center.map((value, i) => value + 0.2 * noise[i]));
};
const sortedById = <One extends { readonly id: string }>(some: readonly One[]) =>
  some.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const accepted = sortedById(
  Array.from({ length: 24 }, (_, i) =>
    storedVector(`accepted ${i}`, {
      vector: near(`a ${i}`),
      facts: { patient: `p${i >> 1}` },
      labels: { quality: "accepted" },
    }),
  ),
);
const odd = ["x", "y"].map((id) => storedVector(`odd ${id}`, { vector: unitVector(id, center.length) }));
const fine = ["x", "y"].map((id) => storedVector(`fine ${id}`, { vector: near(id) }));
const rejected = [1, 2, 3].map((i) =>
  storedVector(`rejected ${i}`, { vector: unitVector(`r ${i}`, center.length), labels: { quality: "rejected" } }),
);
const library = await Library.openOrCreate({ uri }, spaceOf(embedder));
await library.insert([...accepted, ...odd, ...fine, ...rejected]);
await library.close();
const { app } = await serve(embedder, { libraries: [{ name: "lib", uri, isWritable: false }] });

const REFERENCE = ["label.quality=accepted"];
const groupOf = ({ facts }: (typeof accepted)[number]) => `patient ${facts.patient}`;
const reference = {
  ids: accepted.map(({ id }) => id),
  vectors: stack(accepted.map(({ vector }) => vector)),
  groups: accepted.map(groupOf),
};

const ask = (body: object) => app.inject({ method: "POST", url: "/library/lib/outliers", payload: body });
async function judge(body: object) {
  const response = await ask({ reference: REFERENCE, ...body });
  assert.equal(response.statusCode, 200, response.body);
  return response.json();
}

test("records are judged as the application judges them, the most unusual first, the reference left out", async () => {
  const answer = await judge({ where: ["label.quality!=rejected"], method: "both", neighbours: 3 });
  const detector = fitOutlierDetector(reference, { methods: ["knn", "mahalanobis"], neighbours: 3 });
  const judged = sortedById([...fine, ...odd]);
  const { byMethod, nearest } = detector.judge(stack(judged.map(({ vector }) => vector)), ["a", "b", "c", "d"]);
  assert.deepEqual(answer.reference, { records: 24, groups: 12, smallestAlpha: 1 / 25 });
  assert.equal(answer.passedBy, 24);
  assert.deepEqual(
    answer.judged.map(({ id }: { id: string }) => id.slice(0, 3)),
    ["odd", "odd", "fin", "fin"],
  );
  for (const { id, source, methods, nearest: found } of answer.judged) {
    const row = judged.findIndex((one) => one.id === id);
    assert.equal(source, judged[row].source);
    for (const method of ["knn", "mahalanobis"] as const) {
      const threshold = alphaThreshold(detector.leftOut[method]!, 0.05)!;
      assert.deepEqual(answer.methods[method].threshold, threshold);
      const score = byMethod[method]!.scores[row];
      assert.deepEqual(methods[method], {
        score,
        p: byMethod[method]!.pValues[row],
        isOutlier: score > threshold.value,
      });
    }
    const places = Array.from(nearest.places.subarray(3 * row, 3 * row + 3));
    assert.deepEqual(
      found.map(({ id }: { id: string }) => id),
      places.map((place) => accepted[place].id),
    );
  }
  assert.deepEqual(await judge({ where: ["label.quality!=rejected"], method: "both", neighbours: 3 }), answer, "again");
});

test("pictures are judged in their order without being stored, and a bad one fails alone", async () => {
  const images = [goldenImages[1], Buffer.from("no picture"), goldenImages[0]].map((bytes) => bytes.toString("base64"));
  const { judged, methods } = await judge({ images });
  const detector = fitOutlierDetector(reference, { methods: ["knn"], neighbours: 2 });
  const vectors = await Promise.all([1, 0].map((i) => embedder.embedImage(goldenImages[i])));
  const { scores } = detector.judge(stack(vectors), ["a", "b"]).byMethod.knn!;
  assert.deepEqual([judged[0].methods.knn.score, judged[2].methods.knn.score], Array.from(scores));
  assert.deepEqual([judged[1].error.code, judged[1].error.row], ["image_undecodable", 1]);
  assert.equal(judged[2].methods.knn.isOutlier, scores[1] > methods.knn.threshold.value);
  const opened = await Library.open({ uri });
  assert.equal(await opened.count(), 31);
  await opened.close();
  const { judged: none } = await judge({ images: ["AAAA"] });
  assert.equal(none[0].error.code, "image_undecodable");
});

test("known outliers set the threshold and are not judged", async () => {
  const { methods, judged, passedBy } = await judge({ where: ["id!="], outliers: ["label.quality=rejected"] });
  const detector = fitOutlierDetector(reference, { methods: ["knn"], neighbours: 2 });
  const groups = rejected.map(({ id }) => id);
  const { scores } = detector.judge(stack(rejected.map(({ vector }) => vector)), groups).byMethod.knn!;
  assert.deepEqual(methods.knn.threshold, labelledThreshold(detector.leftOut.knn!, scores));
  assert.deepEqual([judged.length, passedBy], [4, 27]);
});

test("pages of records come to the same as one call, also those that are all references, with the references' own scores", async () => {
  const whole = await judge({ where: ["id!="] });
  const found: unknown[] = [];
  let passedBy = 0;
  let after: string | undefined;
  do {
    const page = await judge({ where: ["id!="], limit: 10, leftOut: true, ...(after !== undefined && { after }) });
    found.push(...page.judged);
    passedBy += page.passedBy;
    const detector = fitOutlierDetector(reference, { methods: ["knn"], neighbours: 2 });
    assert.deepEqual(page.methods.knn.leftOut, Array.from(detector.leftOut.knn!.toSorted()));
    assert.ok(page.judged.length + page.passedBy <= 10);
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(sortedById(found as { id: string }[]), sortedById(whole.judged as { id: string }[]));
  assert.equal(passedBy, whole.passedBy);
  assert.equal(whole.methods.knn.leftOut, undefined);
});

test("what nothing can be judged by is refused", async () => {
  for (const [body, words] of [
    [{ reference: ["label.quality=none"], where: ["id!="] }, /no record is as reference says/],
    [{ reference: REFERENCE, where: REFERENCE }, /no record but those of the reference is as where says/],
    [{ reference: REFERENCE }, /say what it is about: images, or where/],
    [{ reference: [], where: ["id!="] }, /reference/],
    [{ reference: REFERENCE, where: ["id!="], alpha: 0.1, outliers: ["id=x"] }, /two ways to a threshold/],
    [{ reference: ["id=accepted 1|accepted 0"], where: ["id!="] }, /2 vectors to compare with, of which 0 are left/],
    [{ reference: REFERENCE, images: [], alpha: 0.1 }, /images/],
    [{ reference: REFERENCE, images: ["AAAA"], limit: 5 }, /limit makes pages of the records that where names/],
    [{ reference: REFERENCE, where: ["id!="], after: "x" }, /after goes with it/],
    [{ reference: REFERENCE, where: ["id!="], limit: 1001 }, /limit must be <= 1000/],
  ] as const) {
    const response = await ask(body);
    assert.equal(response.statusCode, 400, response.body);
    assert.match(response.json().error.message, words);
  }
});

test("a picture is not compared with references of its own patient, whom its header names", async () => {
  const folder = await temporaryFolder();
  const inner = await openGolden({ profile: "direct;rendering=dicom" });
  const keyFile = join(folder, "identities.key");
  const { app: own } = await serve(inner, { libraries: [{ name: "lib", uri: join(folder, "lib"), keyFile }] });
  const scans = [1, 2, 3].map((patient) => {
    const bytes = writePicture([1, 2, 3, 4, 5, 6, 7, 8 * patient], { more: { "00100020": ["LO", `PAT-${patient}`] } });
    return { image: Buffer.from(bytes).toString("base64"), id: `${patient}`, labels: { quality: "accepted" } };
  });
  const stored = await own.inject({ method: "POST", url: "/library/lib/records", payload: { records: scans } });
  assert.equal(stored.json().stored, 3);
  const payload = { reference: REFERENCE, images: scans.map(({ image }) => image), neighbours: 2 };
  const { judged, reference } = (await own.inject({ method: "POST", url: "/library/lib/outliers", payload })).json();
  assert.equal(reference.groups, 3);
  const found = judged.map(({ nearest }: { nearest: { id: string }[] }) => nearest.map(({ id }) => id).sort());
  assert.deepEqual(found, [
    ["2", "3"],
    ["1", "3"],
    ["1", "2"],
  ]);
});
