import type { MonochromeFrame } from "../formats/dicom/monochrome-frame.ts";
import type { Image, Pixels } from "../image.ts";
import { jpegRoundTrip } from "./jpeg-round-trip.ts";
import { type ProfileChoice, type ProfileName, profileOptions, profileRendering } from "./profiles.ts";
import { renderFrame } from "./renderings/render-frame.ts";
import { resizeImage } from "./resize.ts";
import { resizeBicubic, type Size } from "./resize-bicubic.ts";
import { to8Bit, toRgb } from "./to-rgb.ts";

type Prepare = (image: Image, size: Size, options: Readonly<Record<string, number>>) => Promise<Uint8Array>;

const PREPARATIONS = {
  direct: prepareDirect,
  "mi2-service": prepareAsService,
} as const satisfies Record<ProfileName, Prepare>;

/**
 * An image as a model takes it; the grays of a DICOM file are rendered first. The pixels have memory of their own, which may be
 * transferred to another thread.
 * @throws MedembedError "unknown-profile", "usage"; "unsupported-image" for a file that the profile cannot render
 */
export async function preparePixels(
  source: Image | MonochromeFrame,
  profile: ProfileChoice,
  size: Size,
): Promise<Pixels> {
  const options = profileOptions(profile);
  const image = "modality" in source ? render(source, profile) : source;
  const prepare: Prepare = PREPARATIONS[profile.name];
  const { width, height } = size;
  return { width, height, data: new Uint8Array(await prepare(image, size, options)) };
}

function render(frame: MonochromeFrame, profile: ProfileChoice): Image {
  const { name, options } = profileRendering(profile);
  return renderFrame(frame, name, options);
}

async function prepareDirect(image: Image, size: Size): Promise<Uint8Array> {
  const picture = to8Bit(image, (sample) => Math.round(sample / 257));
  // Gray is resized once and then tripled, which gives the same pixels.
  if (picture.channels === 1) return toRgb(resizeBicubic(picture, size));
  return resizeBicubic({ ...picture, channels: 3, data: toRgb(picture) }, size).data;
}

async function prepareAsService(image: Image, size: Size, options: Readonly<Record<string, number>>) {
  const side = options.standardSize!;
  const standard = resizeImage(image, { width: side, height: side });
  // Pillow's I;16 to RGB clips, so that most 16-bit pictures turn white: that is what the service sees.
  const picture = to8Bit(standard, (sample) => Math.min(255, sample));
  const compressed = await jpegRoundTrip({ width: side, height: side, data: toRgb(picture) }, options.jpegQuality!);
  return resizeBicubic({ ...compressed, channels: 3 }, size).data;
}
