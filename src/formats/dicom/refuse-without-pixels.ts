import { MedembedError } from "../../errors.ts";
import type { Attributes } from "./attributes.ts";

/** PS3.4 annex B.5 and PS3.10 8.6: what is no picture, by the beginning of its SOP class. */
const OTHER_OBJECTS = [
  { begins: "1.2.840.10008.1.3.10", what: "a DICOMDIR, which lists pictures" },
  { begins: "1.2.840.10008.5.1.4.1.1.88.", what: "a structured report" },
  { begins: "1.2.840.10008.5.1.4.1.1.11.", what: "a presentation state" },
  { begins: "1.2.840.10008.5.1.4.1.1.9.", what: "a waveform" },
  { begins: "1.2.840.10008.5.1.4.1.1.104.", what: "an encapsulated document" },
  { begins: "1.2.840.10008.5.1.4.1.1.481.", what: "a radiotherapy structure, plan or record" },
  { begins: "1.2.840.10008.5.1.4.1.1.66", what: "raw data, a registration or a surface" },
] as const;

/** @throws MedembedError "unsupported-image" for a DICOM file that holds something else than pictures */
export function refuseWithoutPixels(attributes: Attributes): void {
  const hasPixels = (["pixelData", "floatPixelData", "doubleFloatPixelData"] as const).some((name) =>
    attributes.element(name),
  );
  if (hasPixels) return;
  const sopClass = attributes.text("sopClass") ?? "";
  const known = OTHER_OBJECTS.find(({ begins }) => sopClass.startsWith(begins));
  const what = known ? ` and is ${known.what}` : "";
  throw new MedembedError("unsupported-image", `the DICOM file has no pixels${what}`);
}
