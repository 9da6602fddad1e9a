/**
 * What a file's header may tell beside a vector: a closed list that identifies nobody. Times in milliseconds, lengths in
 * millimetres, angles in degrees, field strength in tesla.
 */
export const FACTS = {
  /** As DICOM abbreviates it: CT, MR, CR, DX, US. */
  modality: "text",
  /** A defined term of DICOM: CHEST, LSPINE. */
  bodyPart: "text",
  /** Of a projection: PA, MLO. */
  view: "text",
  /** axial, coronal, sagittal or oblique. */
  plane: "text",
  /** R, L, B for both, U for unpaired. */
  laterality: "text",
  /** SE, IR, GR, EP, RM; several with + between them. */
  scanningSequence: "text",
  /** yes or no. */
  contrast: "text",
  /** The maker's name, if it is known, else other. */
  manufacturer: "text",
  /** M, F or O. */
  sex: "text",
  /** Ten years wide: 40-49; the last is 90+. */
  ageBand: "text",
  /** yes or no: whether the header says that writing in the picture identifies the patient. Absent: it may, or may not. */
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

export type IdentityName = "patient" | "study" | "series" | "instance";

/** What stands for a patient's ID or a UID in the facts: a hash of it, or, where that is asked for, itself. */
export type Identify = (name: IdentityName, id: string) => string;
