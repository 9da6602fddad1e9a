import assert from "node:assert/strict";
import { test } from "node:test";
import { TagCounter } from "../../../src/applications/exam-parameters/audit.ts";
import { poolSeries } from "../../../src/applications/exam-parameters/pool-series.ts";
import { REGIONS, regionOf, SEQUENCE_RULES, sequenceOf } from "../../../src/applications/exam-parameters/rules.ts";
import { readNumber } from "../../../src/applications/exam-parameters/targets.ts";
import { stack } from "../../../src/applications/matrix.ts";
import { BODY_PARTS } from "../../../src/formats/dicom/facts/body-parts.ts";
import type { Columns } from "../../../src/vector-files/vector-file.ts";
import { assertClose } from "../reference.ts";

const SPACE = { model: "small", weights: "0f".repeat(32), profile: "direct", dimensions: 2 };

/** Typical protocols, one for each rule, and some that no rule names. */
const PROTOCOLS: readonly [label: string | undefined, facts: Columns][] = [
  ["T1", { scanningSequence: "SE", repetitionTime: 550, echoTime: 12 }],
  ["T2", { scanningSequence: "SE", repetitionTime: 4200, echoTime: 102 }],
  ["proton density", { scanningSequence: "SE", repetitionTime: 3100, echoTime: 32 }],
  ["FLAIR", { scanningSequence: "SE+IR", repetitionTime: 9000, echoTime: 120, inversionTime: 2500 }],
  ["STIR", { scanningSequence: "SE+IR", repetitionTime: 4500, echoTime: 60, inversionTime: 160 }],
  ["T1 inversion", { scanningSequence: "IR+GR", repetitionTime: 2300, echoTime: 2.9, inversionTime: 900 }],
  ["echo planar", { scanningSequence: "SE+EP", repetitionTime: 6000, echoTime: 90 }],
  ["T2*", { scanningSequence: "GR", repetitionTime: 700, echoTime: 20 }],
  ["short gradient echo", { scanningSequence: "GR", repetitionTime: 25, echoTime: 4.6 }],
  [undefined, { scanningSequence: "SE", repetitionTime: 1200, echoTime: 12 }],
  [undefined, { scanningSequence: "SE" }],
  [undefined, { scanningSequence: "SE+IR" }],
  [undefined, { repetitionTime: 500, echoTime: 10 }],
];

test("typical protocols are named by the rules, each rule by one; what none names has no label", () => {
  for (const [label, facts] of PROTOCOLS) assert.equal(sequenceOf(facts), label, JSON.stringify(facts));
  const named = PROTOCOLS.flatMap(([label]) => label ?? []).sort();
  assert.deepEqual(named, SEQUENCE_RULES.map(({ label }) => label).sort());
});

test("regions are of DICOM's terms, each in one region only", () => {
  const parts = Object.values(REGIONS).flat();
  assert.equal(new Set(parts).size, parts.length);
  assert.deepEqual(
    parts.filter((part) => !BODY_PARTS.words.has(part)),
    [],
  );
  assert.deepEqual(
    [regionOf({ bodyPart: "BRAIN" }), regionOf({ bodyPart: "PHANTOM" }), regionOf({})],
    ["head", undefined, undefined],
  );
});

test("numbers are read from files that have them as texts; zeros and words are none", () => {
  assert.deepEqual(
    ["1.5", 3, 0, "", "fast", undefined].map((fieldStrength) => readNumber({ fieldStrength }, "fieldStrength")),
    [1.5, 3, undefined, undefined, undefined, undefined],
  );
});

test("the audit counts what is told and what is missing", () => {
  const counter = new TagCounter(["modality", "plane", "label.protocol"]);
  const rows: Columns[] = [
    { modality: "MR", plane: "axial", echoTime: 90, "label.protocol": "brain" },
    { modality: "MR", plane: "sagittal", echoTime: 10 },
    { modality: "CT", plane: "axial" },
    { modality: "MR", echoTime: 10 },
  ];
  for (const row of rows) counter.add(row);
  const { rows: count, labels, numbers } = counter.result();
  assert.equal(count, 4);
  assert.deepEqual(labels, {
    modality: { missing: 0, counts: { MR: 3, CT: 1 } },
    plane: { missing: 1, counts: { axial: 2, sagittal: 1 } },
    "label.protocol": { missing: 3, counts: { brain: 1 } },
  });
  assert.deepEqual(numbers.echoTime, { missing: 1, different: 2, range: [10, 10, 90] });
  assert.deepEqual(numbers.flipAngle, { missing: 4, different: 0, range: undefined });
});

/** A series whose slices point from one direction to another; rows in no order. */
function seriesOf(slices: number, columns: (slice: number) => Columns) {
  const order = Array.from({ length: slices }, (_, i) => (i * 7) % slices);
  const angle = (slice: number) => (slice / 100) * Math.PI;
  return {
    ids: order.map((slice) => `slice ${slice}`),
    vectors: stack(order.map((slice) => Float32Array.of(Math.cos(angle(slice)), Math.sin(angle(slice))))),
    columns: order.map((slice) => ({ series: "s", ...columns(slice) })),
    space: SPACE,
  };
}

for (const slices of [1, 2, 6, 19, 20, 48]) {
  test(`of ${slices} slices those around the centre count, none twice`, () => {
    const { ids, vectors } = poolSeries(seriesOf(slices, (slice) => ({ slicePosition: slice * 3 - 40 })));
    const centre = Math.floor(slices / 2);
    const taken = Array.from({ length: slices }, (_, slice) => slice).filter(
      (slice) => slice >= centre - 10 && slice <= centre + 9,
    );
    const sum = taken
      .map((slice) => (slice / 100) * Math.PI)
      .reduce(([x, y], a) => [x + Math.cos(a), y + Math.sin(a)], [0, 0]);
    const length = Math.hypot(...sum);
    assertClose(vectors.values, [sum[0] / length, sum[1] / length], { tolerance: 1e-6 });
    assert.deepEqual(ids, [slices === 1 ? "slice 0" : "s"]);
  });
}

test("without positions all slices count; a series says what most of its slices say; others stay alone", () => {
  const set = seriesOf(30, (slice) => ({ plane: slice < 20 ? "axial" : "coronal", modality: "MR" }));
  const alone = {
    ...set,
    ids: [...set.ids, "alone"],
    columns: [...set.columns, { modality: "CR" }],
    vectors: stack([
      ...Array.from({ length: 30 }, (_, i) => set.vectors.values.slice(2 * i, 2 * i + 2)),
      Float32Array.of(0, 1),
    ]),
  };
  const pooled = poolSeries(alone);
  assert.deepEqual(pooled.ids, ["s", "alone"]);
  assert.deepEqual(pooled.columns, [{ series: "s", plane: "axial", modality: "MR" }, { modality: "CR" }]);
  const mean = Math.atan2(pooled.vectors.values[1], pooled.vectors.values[0]);
  assertClose(mean, (14.5 / 100) * Math.PI, { tolerance: 1e-6 });
});
