/** A file that the user has chosen; it stays in this page. */
export interface ChosenImage {
  readonly name: string;
  readonly base64: string;
  /** For an image element; undefined for what browsers cannot show. */
  readonly url: string | undefined;
}

/** Browsers show these; DICOM and TIFF they do not. */
const SHOWN = new Set(["image/png", "image/jpeg", "image/webp", "image/bmp"]);

/** Reads a file. @throws DOMException for one that cannot be read */
export async function chooseImage(file: File): Promise<ChosenImage> {
  const dataUrl = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return {
    name: file.name,
    base64: dataUrl.slice(dataUrl.indexOf(",") + 1),
    url: SHOWN.has(file.type) ? URL.createObjectURL(file) : undefined,
  };
}
