/**
 * The one file that imports sharp, so that these settings of the whole process hold before its first use: libvips
 * keeps no pictures, does not start threads of its own (several pictures are decoded at once as it is), and opens
 * nothing but the four formats that we ask it for, from memory alone.
 */
import sharp from "sharp";

/**
 * The other loaders of this build; a class stands for those below it. They are blocked one by one: to block them all and let
 * four through again would fail the pictures that other threads read at that moment.
 */
const BLOCKED_LOADERS = [
  ...["Csv", "Heif", "Jp2k", "Matrix", "Nsgif", "Openslide", "Pdf", "Raw", "Svg", "Uhdr", "Vips"],
  ...["Jpeg", "Png", "Tiff", "Webp"].flatMap((format) => [`${format}File`, `${format}Source`]),
];

sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: BLOCKED_LOADERS.map((loader) => `VipsForeignLoad${loader}`) });

export { sharp };
