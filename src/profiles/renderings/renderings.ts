import { MedembedError } from "../../errors.ts";
import type { MonochromeFrame } from "../../formats/dicom/monochrome-frame.ts";
import type { Cut } from "../../formats/volume/orientation.ts";
import { CT_HU_SLICES, RADPATH_SLICE } from "./client-slices.ts";
import { CT_WINDOWS } from "./ct-windows.ts";
import { minMax, percentiles, ramp, tableCurve, windowCurve } from "./curves.ts";

/** From what a value measures (after the modality transform) to how light it is shown, from 0 to 1. */
export type Curve = (measure: number) => number;

interface OptionRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

export interface Rendering {
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionRange>>;
  /** Measures something only in Hounsfield units; other files are refused. */
  readonly needsHounsfield?: true;
  /** Takes volumes and slices of NIfTI files alone, and cuts slices in its own way. */
  readonly niftiCut?: Cut;
  readonly curve: (frame: MonochromeFrame, options: Readonly<Record<string, number>>) => Curve;
  /** From what the curve gives to a gray from 0 to 255. Default: 255-fold, rounded. */
  readonly toGray?: (light: number) => number;
}

/**
 * The ways from the grays of a DICOM file to an 8-bit picture. A rendering never changes: one that computes anything else
 * gets a new name.
 */
export const RENDERINGS = {
  dicom: {
    summary: "as the file asks: its VOI table, else its window, else from the lowest to the highest value",
    options: { window: { default: 1, min: 1, max: 99 } },
    curve: (frame, { window }) => fileCurve(frame, window!),
  },
  "ct-lung": ctWindow("ct-lung"),
  "ct-bone": ctWindow("ct-bone"),
  "ct-soft-tissue": ctWindow("ct-soft-tissue"),
  "ct-brain": ctWindow("ct-brain"),
  hu: {
    summary: "CT from `low` to `high` Hounsfield units",
    options: {
      low: { default: -1000, min: -32_768, max: 32_767 },
      high: { default: 1000, min: -32_768, max: 32_767 },
    },
    needsHounsfield: true,
    curve: (_, { low, high }) => ramp(low!, high!),
  },
  percentile: {
    summary: "from the percentile `low` to the percentile `high` of the values",
    options: { low: { default: 1, min: 0, max: 100 }, high: { default: 99, min: 0, max: 100 } },
    curve: (frame, { low, high }) => ramp(...(frame.levels ?? percentiles(frame, low!, high!))),
  },
  "ct-hu-slices": CT_HU_SLICES,
  "radpath-slice": RADPATH_SLICE,
} as const satisfies Record<string, Rendering>;

export type RenderingName = keyof typeof RENDERINGS;

export const DEFAULT_RENDERING = "dicom" satisfies RenderingName;

export function renderingOf(name: RenderingName): Rendering {
  return RENDERINGS[name];
}

function ctWindow(name: keyof typeof CT_WINDOWS): Rendering {
  const { center, width } = CT_WINDOWS[name];
  const curve = windowCurve({ center, width, shape: "LINEAR" });
  return {
    summary: `CT, window ${width} wide around ${center} Hounsfield units`,
    options: {},
    needsHounsfield: true,
    curve: () => curve,
  };
}

/** PS3.3 C.11.2.1: tables and windows are alternatives; where a file has both, the table says more. */
function fileCurve(frame: MonochromeFrame, choice: number): Curve {
  const alternatives = frame.voiTables.length > 0 ? frame.voiTables.map(tableCurve) : frame.windows.map(windowCurve);
  if (alternatives.length === 0 && choice === 1) return ramp(...(frame.levels ?? minMax(frame)));
  const chosen = alternatives[choice - 1];
  if (!chosen) {
    throw new MedembedError(
      "unsupported-image",
      `window ${choice} is asked for, the DICOM file has ${alternatives.length}`,
    );
  }
  return chosen;
}
