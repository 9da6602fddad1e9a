export type { Image } from "../image.ts";
export type { MonochromeFrame } from "./dicom/monochrome-frame.ts";
export { readImage } from "./read-image.ts";
export { readMedicalImage } from "./read-medical-image.ts";
