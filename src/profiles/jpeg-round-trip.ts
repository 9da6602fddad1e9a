import { sharp } from "../formats/sharp.ts";
import type { Pixels } from "../image.ts";

/** What a baseline JPEG makes of a picture. */
export async function jpegRoundTrip(picture: Pixels, quality: number): Promise<Pixels> {
  const { width, height } = picture;
  return {
    width,
    height,
    data: await sharp(await encodeJpeg(picture, quality))
      .raw()
      .toBuffer(),
  };
}

/** A baseline JPEG file. The settings are those under which libjpeg writes what it does for Pillow. */
export async function encodeJpeg({ width, height, data }: Pixels, quality: number): Promise<Uint8Array> {
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0", optimiseCoding: false })
    .toBuffer();
  return new Uint8Array(file);
}
