import assert from "node:assert/strict";
import { test } from "node:test";
import { readExamples } from "../../../src/applications/exam-parameters/examples.ts";
import { fitExamPredictor } from "../../../src/applications/exam-parameters/fit-exam-predictor.ts";
import { LABEL_TARGETS } from "../../../src/applications/exam-parameters/targets.ts";
import { stack } from "../../../src/applications/matrix.ts";
import { normalised } from "../../../src/applications/volumes/aggregate.ts";
import { Library } from "../../../src/library/library.ts";
import { toColumns } from "../../../src/library/record.ts";
import { spaceOf } from "../../../src/library/vector-space.ts";
import { writePicture } from "../../formats/dicom/write-dicom.ts";
import { goldenImages, openGolden } from "../../golden-small.ts";
import { freshPlace, storedVector, unitVector } from "../../library/synthetic.ts";
import { serve } from "../serving.ts";

const embedder = await openGolden({ profile: "direct;rendering=dicom" });
const uri = await freshPlace();
const scan = Buffer.from(
  writePicture([1, 2, 3, 4, 5, 6, 7, 8], { more: { "00080060": ["CS", "CT"], "00180081": ["DS", "50"] } }),
);
/** Near golden pictures, each of which stands for a plane and an echo time. */
const centers = await Promise.all(goldenImages.slice(0, 3).map((bytes) => embedder.embedImage(bytes)));
const PLANES = ["axial", "coronal", "sagittal"];
const SETTINGS = { neighbours: 5, margin: 0.2, alpha: 0.1 };
const records = Array.from({ length: 36 }, (_, i) => {
  const noise = unitVector(`${i}`, embedder.card.projection);
  return storedVector(`example ${String(i).padStart(2, "0")}`, {
    vector: normalised(centers[i % 3].map((value, j) => value + 0.3 * noise[j])),
    facts: {
      patient: `p${Math.floor(i / 3)}`,
      modality: "MR",
      plane: PLANES[i % 3],
      echoTime: 10 + 40 * (i % 3) + (i % 5),
    },
    labels: { site: "north" },
  });
});
const space = spaceOf(embedder);
const library = await Library.openOrCreate({ uri }, space);
await library.insert([...records, storedVector("other", { vector: centers[0], facts: { plane: "sagittal" } })]);
await library.close();
const { app } = await serve(embedder, { libraries: [{ name: "lib", uri }] });

const ask = (body: object) => app.inject({ method: "POST", url: "/library/lib/exam-parameters", payload: body });
const EXAMPLES = ["label.site=north"];
const set = {
  ids: records.map(({ id }) => id),
  vectors: stack(records.map(({ vector }) => vector)),
  columns: records.map(toColumns),
  space,
};
const { predictor } = fitExamPredictor(readExamples(set, Object.keys(LABEL_TARGETS)), SETTINGS, space);

test("pictures are told as the application tells them, beside what their headers say, and a bad one fails alone", async () => {
  const images = [goldenImages[1], Buffer.from("no picture"), scan].map((bytes) => bytes.toString("base64"));
  const response = await ask({ examples: EXAMPLES, images });
  assert.equal(response.statusCode, 200, response.body);
  const { examples, learned, told } = response.json();
  assert.deepEqual(examples, { records: 36, patients: 12 });
  assert.deepEqual(learned, ["plane", "echoTime"]);
  assert.equal(told[1].error.code, "image_undecodable");
  const vectors = stack([centers[1], await embedder.embedImage(scan)]);
  const answers = predictor.predict(vectors, ["a", "b"]);
  for (const [i, answer] of answers.entries()) {
    const { labels, numbers, neighbours } = told[2 * i];
    assert.deepEqual(neighbours, answer.neighbours);
    const header = i === 0 ? null : 50;
    const { value, low, high } = answer.numbers.echoTime!;
    assert.deepEqual(numbers.echoTime, { header, predicted: value, low, high });
    const { value: plane, share } = answer.labels.plane;
    assert.deepEqual(labels.plane, { header: null, predicted: plane ?? null, share });
    assert.deepEqual(
      labels.modality,
      { header: i === 0 ? null : "CT", predicted: null, share: 0 },
      "all examples are MR",
    );
  }
  assert.equal(told[0].labels.plane.predicted, "coronal");
  assert.ok(told[0].numbers.echoTime.low < 52 && told[0].numbers.echoTime.high > 52);
});

test("a record is told from others than those of its patient", async () => {
  const response = await ask({ examples: EXAMPLES, where: ["patient=p0"] });
  assert.equal(response.statusCode, 200, response.body);
  const { told } = response.json();
  const own = set.ids.slice(0, 3);
  assert.deepEqual(
    told.map(({ id }: { id: string }) => id),
    own,
  );
  for (const [i, { labels, source, neighbours }] of told.entries()) {
    assert.deepEqual([labels.plane.header, labels.plane.predicted], [PLANES[i], PLANES[i]]);
    assert.equal(source, records[i].source);
    assert.ok(neighbours.every(({ id }: { id: string }) => !own.includes(id)));
  }
});

test("pages of records come to the same as one call", async () => {
  const whole = (await ask({ where: ["id!="] })).json();
  const first = (await ask({ where: ["id!="], limit: 30 })).json();
  const second = (await ask({ where: ["id!="], limit: 30, after: first.next })).json();
  assert.deepEqual([...first.told, ...second.told], whole.told);
  assert.deepEqual([whole.next, second.next], [undefined, undefined]);
});

test("what nothing can be learned of is refused", async () => {
  for (const [body, words] of [
    [{ examples: ["id=other"], where: EXAMPLES }, /nothing can be learned of these 1 examples/],
    [{ examples: ["label.site=south"], where: EXAMPLES }, /no record is as examples says/],
    [{ examples: EXAMPLES }, /images, or where/],
    [{ where: EXAMPLES, neighbours: 0 }, /neighbours/],
  ] as const) {
    const response = await ask(body);
    assert.equal(response.statusCode, 400, response.body);
    assert.match(response.json().error.message, words);
  }
});
