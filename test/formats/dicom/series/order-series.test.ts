import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { orderSeries } from "../../../../src/formats/dicom/series/order-series.ts";
import type { Place, SliceHeader } from "../../../../src/formats/dicom/series/slice-header.ts";
import type { Vector } from "../../../../src/formats/dicom/slice-directions.ts";

/** Towards the patient's left and back, as most axial slices run. */
const AXIAL = { across: [-1, 0, 0], down: [0, -1, 0] } as const;
const CORONAL = { across: [-1, 0, 0], down: [0, 0, -1] } as const;
const SAGITTAL = { across: [0, -1, 0], down: [0, 0, -1] } as const;

function place(position: Vector, axes: Pick<Place, "across" | "down"> = AXIAL): Place {
  return { ...axes, position, spacing: [0.5, 0.75] };
}

function header(number: number | undefined, at: Place | undefined, more: Partial<SliceHeader> = {}): SliceHeader {
  const instance = `${number} ${at?.position}`;
  return { frame: 1, frames: 1, series: "1.2", instance, number, rows: 8, columns: 6, place: at, ...more };
}

/** Axial slices at some heights, numbered from 1. */
function axial(...heights: number[]): SliceHeader[] {
  return heights.map((height, i) => header(i + 1, place([10, 20, height])));
}

function numbers(headers: readonly SliceHeader[]): (number | undefined)[] {
  return orderSeries(headers).slices.map(({ header: { number } }) => number);
}

function codes(headers: readonly SliceHeader[]): string[] {
  return orderSeries(headers).findings.map(({ code }) => code);
}

test("slices are ordered by where they lie, whatever their numbers and the order of the files", () => {
  const headers = axial(40, 35, 30, 25, 20); // numbered from the head, as many scanners do
  fc.assert(
    fc.property(fc.shuffledSubarray(headers, { minLength: 5 }), (shuffled) => {
      assert.deepEqual(numbers(shuffled), [5, 4, 3, 2, 1]);
      assert.deepEqual(codes(shuffled), []);
    }),
  );
});

test("axial slices go upwards, coronal ones to the front, sagittal ones to the right", () => {
  const along = (axes: typeof AXIAL | typeof CORONAL | typeof SAGITTAL, to: (step: number) => Vector) =>
    orderSeries([3, 1, 2].map((step) => header(step, place(to(step), axes))));
  const cases = [
    ["axial", along(AXIAL, (step) => [0, 0, step])],
    ["coronal", along(CORONAL, (step) => [0, step, 0])],
    ["sagittal", along(SAGITTAL, (step) => [step, 0, 0])],
  ] as const;
  for (const [plane, { slices, ...series }] of cases) {
    assert.equal(series.plane, plane);
    assert.deepEqual(
      slices.map(({ header: { number } }) => number),
      [1, 2, 3],
    );
    // As they hang: nothing is to be turned.
    for (const { cut } of slices) {
      assert.deepEqual(
        [cut.across, cut.down],
        [
          { axis: 0, isReversed: false },
          { axis: 1, isReversed: false },
        ],
      );
    }
  }
});

test("a slice that lies on its face is turned", () => {
  const prone = { across: [1, 0, 0], down: [0, 1, 0] } as const;
  const [{ cut }] = orderSeries([header(1, place([0, 0, 0], prone))]).slices;
  assert.deepEqual([cut.across.isReversed, cut.down.isReversed], [true, true]);
  const lying = { across: [0, -1, 0], down: [-1, 0, 0] } as const;
  const [turned] = orderSeries([header(1, place([0, 0, 0], lying))]).slices;
  assert.deepEqual([turned!.cut.across.axis, turned!.cut.down.axis], [1, 0]);
});

test("a series of even slices makes a grid in the patient", () => {
  assert.deepEqual(orderSeries(axial(12, 7, 2)).grid, [
    [-0.75, 0, 0, 10],
    [0, -0.5, 0, 20],
    [0, 0, 5, 2],
  ]);
  assert.deepEqual(orderSeries(axial(3)).grid?.[2], [0, 0, 1, 3], "of one slice, a millimetre");
});

test("a gap is reported with how many slices are missing, and makes no grid", () => {
  const { findings, grid, isOrdered } = orderSeries(axial(0, 2, 4, 12, 14));
  assert.deepEqual(findings, [{ code: "gap", message: "1 of 5 slices are followed by a gap; about 3 are missing" }]);
  assert.equal(grid, undefined);
  assert.ok(isOrdered);
});

test("uneven distances are reported; rounding is none", () => {
  assert.deepEqual(codes(axial(0, 2, 4.5, 6, 8)), ["uneven-spacing"]);
  assert.deepEqual(codes(axial(0, 1.2, 2.5, 3.7, 5)), []);
  assert.equal(orderSeries(axial(0, 2, 4.5, 6, 8)).grid, undefined);
});

test("slices at one place are reported and stand there by number", () => {
  const headers = [5, 3, 1, 6, 4, 2].map((number) => header(number, place([0, 0, number % 2])));
  assert.deepEqual(numbers(headers), [2, 4, 6, 1, 3, 5]);
  assert.deepEqual(codes(headers), ["same-position", "instance-order"]);
  assert.equal(orderSeries(headers).grid, undefined);
});

test("one instance that is there twice is read once", () => {
  const headers = axial(0, 2, 4);
  const { slices, findings, grid } = orderSeries([...headers, headers[1]!]);
  assert.equal(slices.length, 3);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["repeated"],
  );
  assert.ok(grid);
  const nameless = headers.map((one) => ({ ...one, instance: undefined }));
  assert.deepEqual(codes([...nameless, nameless[1]!]), ["same-position"]);
});

test("numbers that run otherwise than positions are reported, and positions decide", () => {
  const headers = [1, 2, 3, 4].map((number) => header(number, place([0, 0, [0, 4, 2, 6][number - 1]!])));
  assert.deepEqual(numbers(headers), [1, 3, 2, 4]);
  assert.deepEqual(codes(headers), ["instance-order"]);
});

test("without positions there is no order but that of the numbers, and no middle", () => {
  for (const headers of [
    [header(3, undefined), header(1, undefined), header(undefined, undefined), header(2, undefined)],
    [
      header(3, place([0, 0, 1])),
      header(1, place([0, 0, 9])),
      header(undefined, undefined),
      header(2, place([0, 0, 5])),
    ],
  ]) {
    const { isOrdered, grid, plane, findings } = orderSeries(headers);
    assert.deepEqual(numbers(headers), [1, 2, 3, undefined]);
    assert.deepEqual([isOrdered, grid, plane], [false, undefined, undefined]);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["no-position"],
    );
  }
  assert.deepEqual(codes([header(1, undefined)]), [], "a picture alone lacks nothing");
  assert.ok(orderSeries([header(1, undefined)]).isOrdered);
});

test("slices that lie across each other make no stack, and each is turned by itself", () => {
  const headers = [
    header(2, place([0, 0, 0], SAGITTAL)),
    header(1, place([0, 0, 0])),
    header(3, place([9, 0, 0], CORONAL)),
  ];
  const { slices, isOrdered, plane } = orderSeries(headers);
  assert.deepEqual(codes(headers), ["several-orientations"]);
  assert.deepEqual([isOrdered, plane, slices.length], [false, undefined, 3]);
});

test("a tilted gantry is reported, and still makes a grid", () => {
  const headers = [0, 1, 2, 3].map((step) => header(step, place([0, step * 0.8, step * 2])));
  assert.deepEqual(codes(headers), ["tilted"]);
  assert.deepEqual(orderSeries(headers).grid?.[1], [0, -0.5, 0.8, 0]);
});

test("other sizes are reported and make no grid", () => {
  const headers = axial(0, 2, 4);
  const wider = headers.map((one, i) => (i === 1 ? { ...one, columns: 7 } : one));
  const denser = headers.map((one, i) =>
    i === 2 ? { ...one, place: { ...one.place!, spacing: [0.5, 0.5] as const } } : one,
  );
  for (const mixed of [wider, denser]) {
    assert.deepEqual(codes(mixed), ["mixed-sizes"]);
    assert.equal(orderSeries(mixed).grid, undefined);
  }
});

test("no finding tells a UID", () => {
  const uid = "1.2.826.0.1.3680043";
  const headers = axial(0, 1, 1, 5).map((one) => ({ ...one, series: uid, instance: `${uid}.${one.number}` }));
  const messages = orderSeries([...headers, headers[0]!]).findings.map(({ message }) => message);
  assert.ok(messages.length >= 2);
  assert.ok(!messages.join().includes("1.2.826"));
});
