export type { Facts, Identify } from "../facts.ts";
export type { Image } from "../image.ts";
export type { MonochromeFrame } from "./dicom/monochrome-frame.ts";
export { keyedHash, openIdentityKey } from "./identity-key.ts";
export { type FactsOptions, readFacts, readFileFacts } from "./read-facts.ts";
export { readImage } from "./read-image.ts";
export { readMedicalImage } from "./read-medical-image.ts";
