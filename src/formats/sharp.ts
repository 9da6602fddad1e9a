/**
 * The one file that imports sharp, so that these settings of the whole process hold before its first use: libvips
 * keeps no pictures, does not start threads of its own (several pictures are decoded at once as it is), and opens
 * nothing but the four formats that we ask it for.
 */
import sharp from "sharp";

sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: [
    "VipsForeignLoadPngBuffer",
    "VipsForeignLoadJpegBuffer",
    "VipsForeignLoadWebpBuffer",
    "VipsForeignLoadTiffBuffer",
  ],
});

export { sharp };
