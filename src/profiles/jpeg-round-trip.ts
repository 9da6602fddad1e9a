import { sharp } from "../formats/sharp.ts";
import type { Pixels } from "../image.ts";

/** What a baseline JPEG makes of a picture. The settings are those under which libjpeg writes what it does for Pillow. */
export async function jpegRoundTrip(picture: Pixels, quality: number): Promise<Pixels> {
  const { width, height } = picture;
  const jpeg = await sharp(picture.data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0", optimiseCoding: false })
    .toBuffer();
  return { width, height, data: await sharp(jpeg).raw().toBuffer() };
}
