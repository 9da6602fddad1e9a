import type { Attributes } from "../attributes.ts";

/**
 * Whether the header says that writing in the picture identifies the patient. Where Burned In Annotation is absent, a picture
 * may or may not hold such writing (PS3.3 table C.7-9); only two other attributes say that it is a picture of writing.
 */
export function readBurntInText(file: Attributes): "yes" | "no" | undefined {
  const annotation = file.text("burnedInAnnotation");
  if (annotation === "YES") return "yes";
  if (annotation === "NO") return "no";
  const isLabel = file.text("specimenLabelInImage") === "YES"; // C.8.12.4
  const isDocument = file.text("conversionType") === "SD"; // C.8.6.1: scanned document
  return isLabel || isDocument ? "yes" : undefined;
}
