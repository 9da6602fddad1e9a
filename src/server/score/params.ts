import { MedembedError } from "../../errors.ts";
import type { ImageParams } from "../calls/parsed-call.ts";

/** The `params` of a request. */
export interface ScoreParams {
  readonly withScalingFactor: boolean;
  readonly imageParams: ImageParams;
}

/** The published names of the image options. The first is a quality, whatever it is called. */
export const IMAGE_PARAMS = {
  jpegQuality: { key: "image_standardization_jpeg_compression_ratio", min: 1, max: 100 },
  standardSize: { key: "image_standardization_image_size", min: 16, max: 2048 },
} as const;

/** @throws MedembedError "invalid-request" for a value that is out of range or of another kind */
export function readParams(params: Readonly<Record<string, unknown>>): ScoreParams {
  return {
    withScalingFactor: readFlag(params, "get_scaling_factor") ?? true,
    imageParams: {
      jpegQuality: readNumber(params, IMAGE_PARAMS.jpegQuality),
      standardSize: readNumber(params, IMAGE_PARAMS.standardSize),
    },
  };
}

/** The docs' own example sends the flag as a string. */
function readFlag(params: Readonly<Record<string, unknown>>, key: string): boolean | undefined {
  const value = params[key] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : undefined;
  if (word === "true" || word === "false") return word === "true";
  throw new MedembedError("invalid-request", `params.${key} must be true or false`);
}

/** Nothing, null and 0 all mean the default. */
function readNumber(
  params: Readonly<Record<string, unknown>>,
  { key, min, max }: (typeof IMAGE_PARAMS)[keyof typeof IMAGE_PARAMS],
): number | undefined {
  const value = params[key] ?? 0;
  const number = typeof value === "string" && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  if (number === 0) return undefined;
  if (typeof number !== "number" || !Number.isInteger(number) || number < min || number > max) {
    throw new MedembedError("invalid-request", `params.${key} must be a whole number from ${min} to ${max}`);
  }
  return number;
}
