import { MedembedError } from "../../errors.ts";
import type { Attributes } from "./attributes.ts";
import { FrameHeader } from "./frame-header.ts";
import { readLookupTable } from "./lookup-table.ts";
import type { ModalityTransform, MonochromeFrame, Window } from "./monochrome-frame.ts";
import type { PixelLayout } from "./pixel-layout.ts";

const SHAPES = ["LINEAR", "LINEAR_EXACT", "SIGMOID"] as const satisfies readonly Window["shape"][];

type Display = Pick<MonochromeFrame, "modality" | "isHounsfield" | "voiTables" | "windows" | "padding">;

/**
 * What a file says about how the grays of a frame are shown.
 * @param frame from 0
 * @throws MedembedError "corrupt-image"
 */
export function readDisplay(attributes: Attributes, layout: PixelLayout, frame: number): Display {
  const header = new FrameHeader(attributes, frame);
  const measured = header.within("pixelValueTransformationSequence");
  const modality = readModality(measured, layout.isSigned);
  const shown = header.within("frameVoiLutSequence");
  return {
    modality,
    isHounsfield: isHounsfield(attributes, measured),
    voiTables: shown.items("voiLutSequence").map((item) => readLookupTable(item, givesNegative(modality, layout))),
    windows: readWindows(shown),
    padding: readPadding(attributes, layout),
  };
}

/** PS3.3 C.11.1. */
function readModality(attributes: Attributes, isSigned: boolean): ModalityTransform {
  const [table] = attributes.items("modalityLutSequence");
  if (table) return readLookupTable(table, isSigned);
  const [slope = 1] = attributes.decimals("rescaleSlope") ?? [];
  const [intercept = 0] = attributes.decimals("rescaleIntercept") ?? [];
  return { slope, intercept };
}

/** PS3.3 C.8.2.1.1.2: a CT image is in Hounsfield units unless it says something else. */
function isHounsfield(attributes: Attributes, measured: Attributes): boolean {
  const unit = measured.text("rescaleType");
  if (unit !== undefined) return unit === "HU";
  return attributes.text("modality") === "CT" && measured.decimals("rescaleSlope") !== undefined;
}

/** PS3.3 C.11.2.1.1: the first value of a VOI table has a sign where what it is looked up with can be negative. */
function givesNegative(modality: ModalityTransform, { isSigned }: PixelLayout): boolean {
  return !("entries" in modality) && (isSigned || modality.intercept < 0);
}

/** PS3.3 C.11.2.1.2. Windows that no width fits into are passed over: writers put zeros where they have none. */
function readWindows(attributes: Attributes): Window[] {
  const centers = attributes.decimals("windowCenter") ?? [];
  const widths = attributes.decimals("windowWidth") ?? [];
  if (centers.length !== widths.length) {
    throw new MedembedError(
      "corrupt-image",
      `the DICOM file has ${centers.length} window centers and ${widths.length} widths`,
    );
  }
  const named = attributes.text("voiLutFunction") ?? "LINEAR";
  const shape = SHAPES.find((known) => known === named);
  if (!shape) {
    throw new MedembedError("unsupported-image", `the DICOM file has another VOI function than ${SHAPES.join(", ")}`);
  }
  const windows = centers.map((center, i) => ({ center, width: widths[i], shape }));
  return windows.filter(({ width }) => (shape === "LINEAR" ? width >= 1 : width > 0));
}

/** PS3.3 C.7.5.1.1.2: one value, or all between it and the limit. */
function readPadding(attributes: Attributes, { isSigned, isFloat }: PixelLayout): Display["padding"] {
  const value = attributes.uint16("pixelPaddingValue");
  if (value === undefined || isFloat) return undefined;
  const limit = attributes.uint16("pixelPaddingRangeLimit") ?? value;
  const [low, high] = [value, limit]
    .map((raw) => (isSigned && raw > 32_767 ? raw - 65_536 : raw))
    .sort((a, b) => a - b);
  return [low, high];
}
