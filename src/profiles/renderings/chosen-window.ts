import type { Levels, MonochromeFrame, Window } from "../../formats/dicom/monochrome-frame.ts";
import type { ChosenRendering } from "../profiles.ts";
import { CT_WINDOWS } from "./ct-windows.ts";
import { minMax, percentiles } from "./curves.ts";

/** From black to white, in what values measure. */
export type WindowSize = Pick<Window, "center" | "width">;

/** PS3.3 C.11.2.1.2.1: narrower ones have no LINEAR curve. */
const LEAST_LINEAR_WIDTH = 1;

/** The frame as if its file asked for this window and nothing else: for the rendering `dicom`. */
export function withWindow(frame: MonochromeFrame, { center, width }: WindowSize): MonochromeFrame {
  const usual = shapeOf(frame);
  const shape = usual === "LINEAR" && width < LEAST_LINEAR_WIDTH ? "LINEAR_EXACT" : usual;
  return { ...frame, voiTables: [], windows: [{ center, width, shape }], levels: undefined };
}

/** What a rendering shows of a frame from black to white; of a table all values. */
export function windowOf(frame: MonochromeFrame, { name, options }: ChosenRendering): WindowSize {
  if (Object.hasOwn(CT_WINDOWS, name)) return CT_WINDOWS[name as keyof typeof CT_WINDOWS];
  const { window = 1, low, high } = options;
  const own = name === "dicom" && frame.voiTables.length === 0 ? frame.windows[window - 1] : undefined;
  if (own) return { center: own.center, width: own.width };
  if (name === "hu") return between([low, high], frame);
  return between(frame.levels ?? (name === "percentile" ? percentiles(frame, low, high) : minMax(frame)), frame);
}

/** That of the file, or as the renderings of CT windows have it. */
function shapeOf({ windows, isHounsfield, isNifti }: MonochromeFrame): Window["shape"] {
  return windows[0]?.shape ?? (isHounsfield && !isNifti ? "LINEAR" : "LINEAR_EXACT");
}

/** The straight line between both, PS3.3 C.11.2.1.2.1: LINEAR is one wider, and half a value higher. */
function between([low, high]: Levels, frame: MonochromeFrame): WindowSize {
  const more = shapeOf(frame) === "LINEAR" ? 1 : 0;
  return { center: (low + high + more) / 2, width: high - low + more || 1 };
}
