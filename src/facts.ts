/**
 * What a file's header may tell beside a vector: a closed list that identifies nobody. Times in milliseconds, lengths in
 * millimetres, angles in degrees, field strength in tesla.
 */
export const FACTS = {
  /** As DICOM abbreviates it: CT, MR, CR, DX, US. */
  modality: "text",
  bodyPart: "text",
  view: "text",
  /** axial, coronal, sagittal or oblique. */
  plane: "text",
  laterality: "text",
  scanningSequence: "text",
  /** yes or no. */
  contrast: "text",
  manufacturer: "text",
  /** M, F or O. */
  sex: "text",
  /** Ten years wide: 40-49; the last is 90+. */
  ageBand: "text",
  /** yes or no: whether the header says that writing is burnt into the picture. */
  burntInText: "text",
  repetitionTime: "number",
  echoTime: "number",
  inversionTime: "number",
  flipAngle: "number",
  fieldStrength: "number",
  sliceThickness: "number",
  rowSpacing: "number",
  columnSpacing: "number",
  /** Along the normal of the slice. */
  slicePosition: "number",
  /** Hashes under a key, so that what belongs together is known as such and nothing else. */
  patient: "text",
  study: "text",
  series: "text",
  instance: "text",
} as const satisfies Record<string, "text" | "number">;

export type FactName = keyof typeof FACTS;

/** What is known of a file; what it does not tell is absent. */
export type Facts = {
  readonly [Name in FactName]?: (typeof FACTS)[Name] extends "text" ? string : number;
};
