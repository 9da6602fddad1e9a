import { MedembedError } from "../errors.ts";
import type { Levels, MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import { openDicom } from "../formats/dicom/open-dicom.ts";
import { readDicom } from "../formats/dicom/read-dicom.ts";
import { orderSeries } from "../formats/dicom/series/order-series.ts";
import { readSliceHeaders } from "../formats/dicom/series/slice-header.ts";
import { isVolumeFile } from "../formats/nifti/read-nifti.ts";
import { readMedicalImage } from "../formats/read-medical-image.ts";
import { sharp } from "../formats/sharp.ts";
import { countSlices, cutSlice, turnPicture } from "../formats/volume/cut-slice.ts";
import { type Cut, cutOf, type Plane } from "../formats/volume/orientation.ts";
import type { Image } from "../image.ts";
import { openVolume } from "../preparation/open-volume.ts";
import type { OpenVolume } from "../preparation/preparation.ts";
import { type ProfileChoice, profileRendering } from "../profiles/profiles.ts";
import { type WindowSize, windowOf, withWindow } from "../profiles/renderings/chosen-window.ts";
import { minMax } from "../profiles/renderings/curves.ts";
import { renderFrame } from "../profiles/renderings/render-frame.ts";
import { DEFAULT_RENDERING, renderingOf } from "../profiles/renderings/renderings.ts";
import { volumeRange } from "../profiles/renderings/volume-levels.ts";
import { to8Bit, toRgb } from "../profiles/to-rgb.ts";
import { middleOf } from "./middle-slice.ts";

const JPEG_QUALITY = 82;

/** How files are shown, as their vectors were made. */
export interface Look {
  readonly pictures: ProfileChoice;
  /** In which volumes are cut. */
  readonly plane: Plane;
}

/** A file whose pixels are read, to be shown once or often. */
export type OpenPicture =
  | { readonly kind: "colours"; readonly image: Image }
  | { readonly kind: "grays"; readonly frame: MonochromeFrame }
  | ({ readonly kind: "volume"; readonly cut: Cut; readonly range: Levels } & OpenVolume);

export interface ShowOptions {
  /** Of the longer side, in pixels; a picture that is smaller stays so. */
  readonly side: number;
  /** Instead of what the profile's rendering shows; for grays. */
  readonly window?: WindowSize | undefined;
  /** Of a volume, from 1. Default: the middle one. */
  readonly slice?: number | undefined;
}

/** A picture for people to look at, and what of it can be chosen. */
export interface ShownPicture {
  readonly jpeg: Buffer;
  /** Of grays. */
  readonly grays?: {
    /** That is shown. */
    readonly window: WindowSize;
    /** What the lowest and the highest value measure, of a volume among all its slices. */
    readonly range: Levels;
    /** Whether they are Hounsfield units, or the format cannot say. */
    readonly isHounsfield: boolean;
  };
  /** Of a volume. */
  readonly slices?: { readonly shown: number; readonly count: number };
}

/**
 * @param bytes a whole file
 * @param frame of the slice of a series, from 1, which is turned upright; undefined for what is none
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large"
 */
export async function openPicture(
  bytes: Uint8Array,
  { pictures, plane }: Look,
  frame: number | undefined,
): Promise<OpenPicture> {
  const { name, frame: usual } = profileRendering(pictures);
  if (isVolumeFile(bytes)) {
    const opened = await openVolume({ source: bytes, profile: pictures });
    const { volume } = opened;
    const cut = renderingOf(name).niftiCut ?? cutOf(volume.affine, plane);
    return { kind: "volume", cut, range: volumeRange(volume), ...opened };
  }
  const read = frame === undefined ? await readMedicalImage(bytes, usual) : readSlice(bytes, frame);
  return "modality" in read ? { kind: "grays", frame: read } : { kind: "colours", image: read };
}

/** Rendered as the profile renders it, or under a window. @throws MedembedError "invalid-request" for what this file has none of */
export async function showPicture(
  opened: OpenPicture,
  { pictures }: Look,
  { side, window, slice }: ShowOptions,
): Promise<ShownPicture> {
  if (slice !== undefined && opened.kind !== "volume") throw refusal("the picture has no slices to choose from");
  if (opened.kind === "colours") {
    if (window) throw refusal("a picture that is no DICOM or NIfTI file of grays has no window");
    return { jpeg: await toJpeg(opened.image, side) };
  }
  const slices = opened.kind === "volume" ? chooseSlice(opened, slice) : undefined;
  const frame = opened.kind === "volume" ? sliceOf(opened, slices!.shown) : opened.frame;
  const rendering = profileRendering(pictures);
  const image = window
    ? renderFrame(withWindow(frame, window), DEFAULT_RENDERING, { window: 1 })
    : renderFrame(frame, rendering.name, rendering.options);
  return {
    jpeg: await toJpeg(image, side),
    grays: {
      window: window ?? windowOf(frame, rendering),
      range: opened.kind === "volume" ? opened.range : minMax(frame),
      isHounsfield: frame.isHounsfield,
    },
    ...(slices && { slices }),
  };
}

type OpenedVolume = Extract<OpenPicture, { readonly kind: "volume" }>;

function chooseSlice({ volume, cut }: OpenedVolume, wanted: number | undefined) {
  const count = countSlices(volume, cut);
  const shown = wanted ?? middleOf(count);
  if (shown > count) throw refusal(`slice ${shown} is asked for, there are ${count}`);
  return { shown, count };
}

function sliceOf({ volume, cut, levels }: OpenedVolume, slice: number): MonochromeFrame {
  return { ...cutSlice(volume, cut, slice - 1), levels };
}

function readSlice(bytes: Uint8Array, frame: number): Image | MonochromeFrame {
  const headers = readSliceHeaders(openDicom(bytes), bytes.length);
  const [{ cut }] = orderSeries(headers.filter((header) => header.frame === frame)).slices;
  return turnPicture(readDicom(bytes, frame), cut);
}

function toJpeg(image: Image, side: number): Promise<Buffer> {
  const picture = to8Bit(image, (sample) => Math.round(sample / 257));
  return sharp(toRgb(picture), { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
}

function refusal(message: string): MedembedError {
  return new MedembedError("invalid-request", message);
}
