import type { Facts, Identify } from "../facts.ts";
import { dicomFacts } from "./dicom/dicom-facts.ts";
import { isDicom, openDicom } from "./dicom/open-dicom.ts";
import { openDicomFile } from "./dicom/open-dicom-file.ts";

export interface FactsOptions {
  /** What stands for patients' IDs and UIDs: `keyedHash(key)`. */
  readonly identify: Identify;
  /** Of a DICOM file, from 1; default 1. */
  readonly frame?: number | undefined;
}

/**
 * What the header of a picture tells that may travel with its vector; nothing for a file that is not DICOM.
 * @param bytes a whole file, or as much of it as comes before its pixels
 * @throws MedembedError "unsupported-image", "corrupt-image", "image-too-large" for a header that cannot be read
 */
export function readFacts(bytes: Uint8Array, { identify, frame }: FactsOptions): Facts {
  return isDicom(bytes) ? dicomFacts(openDicom(bytes), identify, frame) : {};
}

/** The same of a file, of which no more is read than its header. @throws MedembedError "not-found" also */
export async function readFileFacts(path: string, { identify, frame }: FactsOptions): Promise<Facts> {
  const opened = await openDicomFile(path);
  return opened ? dicomFacts(opened, identify, frame) : {};
}
