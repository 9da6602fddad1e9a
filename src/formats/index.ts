export type { Image } from "../image.ts";
export { readImage } from "./read-image.ts";
