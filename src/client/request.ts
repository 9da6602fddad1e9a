import { MedembedError } from "../errors.ts";
import { type Cells, encodeRow, type Prepare, type Row } from "./row.ts";

/** What a call may ask for; what is not given stays as the endpoint has it. */
export interface ScoreParams {
  /** Whether rows come back with the factor; endpoints send it unless told not to. */
  readonly getScalingFactor?: boolean | undefined;
  /** Of the endpoint's own JPEG round trip, 1 to 100. */
  readonly jpegQuality?: number | undefined;
  /** Side of the square that the endpoint resizes to first, in pixels, 16 to 2048. */
  readonly size?: number | undefined;
}

/** The body of a call, in the "split" layout of pandas. */
export interface ScoreRequest {
  readonly input_data: {
    readonly columns: readonly string[];
    readonly index: readonly number[];
    readonly data: readonly (readonly (string | null)[])[];
  };
  readonly params: Readonly<Record<string, boolean | number>>;
}

/** The published names. The quality is one, whatever it is called. */
const IMAGE_PARAMS = {
  jpegQuality: { key: "image_standardization_jpeg_compression_ratio", min: 1, max: 100 },
  size: { key: "image_standardization_image_size", min: 16, max: 2048 },
} as const satisfies Partial<Record<keyof ScoreParams, object>>;

/** Builds the body of a call. @throws ScoringError for a row that cannot be sent; MedembedError "usage" for the params */
export async function buildRequest(
  rows: readonly Row[],
  params: ScoreParams = {},
  prepare?: Prepare,
): Promise<ScoreRequest> {
  return envelopeOf(await Promise.all(rows.map((row) => encodeRow(row, prepare))), params);
}

/**
 * Pictures alone come in the one column that fine-tuned classifiers are called with; all else in both, with null for what
 * is absent, as the toolkit of the published service sends it.
 */
export function envelopeOf(rows: readonly Cells[], params: ScoreParams): ScoreRequest {
  const isImagesOnly = rows.every(({ text }) => text === undefined);
  const columns = isImagesOnly ? (["image"] as const) : (["image", "text"] as const);
  return {
    input_data: {
      columns,
      index: rows.map((_, i) => i),
      data: rows.map((row) => columns.map((column) => row[column] ?? null)),
    },
    params: writeParams(params),
  };
}

/** @throws MedembedError "usage" */
export function writeParams({ getScalingFactor, ...image }: ScoreParams): Readonly<Record<string, boolean | number>> {
  const written: Record<string, boolean | number> = {};
  if (getScalingFactor !== undefined) written.get_scaling_factor = getScalingFactor;
  for (const [name, { key, min, max }] of Object.entries(IMAGE_PARAMS)) {
    const value = image[name as keyof typeof IMAGE_PARAMS];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new MedembedError("usage", `params.${name} is ${value}; it must be a whole number from ${min} to ${max}`);
    }
    written[key] = value;
  }
  return written;
}
