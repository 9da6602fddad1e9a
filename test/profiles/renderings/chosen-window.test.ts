import assert from "node:assert/strict";
import { test } from "node:test";
import type { MonochromeFrame } from "../../../src/formats/dicom/monochrome-frame.ts";
import { windowOf, withWindow } from "../../../src/profiles/renderings/chosen-window.ts";
import { renderFrame } from "../../../src/profiles/renderings/render-frame.ts";
import type { RenderingName } from "../../../src/profiles/renderings/renderings.ts";

/** A ramp over Hounsfield units that reaches beyond every window. */
const RAMP: MonochromeFrame = {
  width: 4_000,
  height: 1,
  values: Int16Array.from({ length: 4_000 }, (_, i) => i),
  bitsStored: 16,
  isSigned: true,
  modality: { slope: 1, intercept: -1_500 },
  isHounsfield: true,
  voiTables: [],
  windows: [],
  isInverted: false,
  padding: undefined,
};
const OWN = { ...RAMP, windows: [{ center: 35, width: 350, shape: "LINEAR" }] } as const;
const SOFT = { ...RAMP, windows: [{ center: 35, width: 350, shape: "SIGMOID" }] } as const;
const NIFTI = { ...RAMP, isNifti: true, levels: [-200, 900] } as const;

test("under the window that a rendering shows a frame looks as it does by the rendering", () => {
  const shown: [frame: MonochromeFrame, name: RenderingName, options: Readonly<Record<string, number>>][] = [
    [RAMP, "dicom", { window: 1 }],
    [OWN, "dicom", { window: 1 }],
    [SOFT, "dicom", { window: 1 }],
    [NIFTI, "dicom", { window: 1 }],
    [RAMP, "ct-lung", {}],
    [RAMP, "ct-brain", {}],
    [RAMP, "hu", { low: -100, high: 300 }],
    [RAMP, "percentile", { low: 5, high: 95 }],
  ];
  for (const [frame, name, options] of shown) {
    const window = windowOf(frame, { name, options, frame: 1 });
    const own = renderFrame(frame, name, options).data;
    const chosen = renderFrame(withWindow(frame, window), "dicom", { window: 1 }).data;
    const far = Math.max(...own.map((gray, i) => Math.abs(gray - chosen[i])));
    assert.ok(far <= 1, `${name}, ${JSON.stringify(window)}: ${far} grays apart`); // of halves, one is rounded the other way
    assert.ok(new Set(own).size > 50);
  }
});

test("a window narrower than one value is a step, and one of a frame without contrast exists", () => {
  const { data } = renderFrame(withWindow(OWN, { center: 0, width: 0.5 }), "dicom", { window: 1 });
  assert.deepEqual([...new Set(data)].sort(), [0, 128, 255]);
  const flat = { ...RAMP, values: new Int16Array(4_000), isNifti: true };
  assert.deepEqual(windowOf(flat, { name: "dicom", options: { window: 1 }, frame: 1 }), { center: -1_500, width: 1 });
});
