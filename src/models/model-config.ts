import { parseDocument } from "yaml";
import { MedembedError } from "../errors.ts";

/** Larger than any published config by a factor of a hundred; stops a forged file from feeding the YAML parser for minutes. */
export const MAX_CONFIG_BYTES = 256 * 2 ** 10;
/** Guards against sizes that no machine could hold; the published model is at 2048 wide, 9 deep and 480 pixels. */
const MAX_WIDTH = 16_384;
const MAX_DEPTH = 256;
const MAX_IMAGE_SIDE = 4_096;
/** Tokens of a feature map: each has its place in index tables of the graph. The published model has 120 x 120 at most. */
const MAX_TOKENS = 512 * 512;

/** One of the four stages of the image tower. */
export interface StageConfig {
  readonly patchSize: number;
  readonly patchStride: number;
  readonly patchPadding: number;
  /** Whether the layer norm of the patch embedding stands before the convolution instead of after it. */
  readonly prenorm: boolean;
  readonly width: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
}

/** The sizes of a model, read from the `config.yaml` of the official layout. */
export interface ModelConfig {
  readonly image: {
    readonly height: number;
    readonly width: number;
    /** Per RGB channel, on the scale of pixel / 255. */
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
    readonly window: number;
    readonly stages: readonly StageConfig[];
  };
  readonly text: {
    readonly contextLength: number;
    readonly width: number;
    readonly heads: number;
    readonly layers: number;
  };
  /** Length of the vectors. */
  readonly projection: number;
}

/**
 * Reads the `config.yaml` of a checkpoint.
 * @throws MedembedError "invalid-config" naming the key, what stands there and what was needed
 */
export function parseModelConfig(yaml: string): ModelConfig {
  if (yaml.length > MAX_CONFIG_BYTES) {
    throw new MedembedError(
      "invalid-config",
      `config.yaml has ${yaml.length} characters, at most ${MAX_CONFIG_BYTES} are read`,
    );
  }
  const document = parseDocument(yaml, { prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    throw new MedembedError("invalid-config", `config.yaml is not YAML: ${document.errors[0]?.code}`);
  }
  const root = new Section(toPlain(document), "");
  return {
    image: imageConfig(root),
    text: textConfig(root),
    projection: root.section("UNICL_MODEL").size("DIM_PROJECTION", MAX_WIDTH),
  };
}

function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new MedembedError("invalid-config", "config.yaml has aliases that cannot be resolved", { cause });
  }
}

function imageConfig(root: Section): ModelConfig["image"] {
  const encoder = root.section("IMAGE_ENCODER");
  encoder.expect("NAME", "davit_v1");
  const [height, width] = encoder.sizes("IMAGE_SIZE", MAX_IMAGE_SIDE, 2).toReversed() as [number, number]; // stored as [width, height]
  const spec = encoder.section("SPEC");
  const widths = spec.sizes("DIM_EMBED", MAX_WIDTH);
  const stages = widths.length;
  const patchSize = spec.sizes("PATCH_SIZE", 64, stages);
  const patchStride = spec.sizes("PATCH_STRIDE", 64, stages);
  const patchPadding = spec.numbers("PATCH_PADDING", stages);
  const prenorm = spec.booleans("PATCH_PRENORM", stages);
  const heads = spec.sizes("NUM_HEADS", MAX_WIDTH, stages);
  const groups = spec.sizes("NUM_GROUPS", MAX_WIDTH, stages);
  const depths = spec.sizes("DEPTHS", MAX_DEPTH, stages);
  const config = {
    height,
    width,
    mean: encoder.numbers("IMAGE_MEAN", 3) as [number, number, number],
    std: encoder.numbers("IMAGE_STD", 3) as [number, number, number],
    window: spec.size("WINDOW_SIZE", MAX_IMAGE_SIDE),
    stages: widths.map((stageWidth, stage): StageConfig => {
      spec.divides("NUM_HEADS", heads[stage], "DIM_EMBED", stageWidth);
      spec.divides("NUM_GROUPS", groups[stage], "DIM_EMBED", stageWidth);
      const padding = patchPadding[stage];
      if (!Number.isInteger(padding) || padding < 0 || padding >= patchSize[stage]) {
        throw spec.wrong("PATCH_PADDING", padding, "whole numbers from 0 to below the patch size");
      }
      return {
        patchSize: patchSize[stage],
        patchStride: patchStride[stage],
        patchPadding: padding,
        prenorm: prenorm[stage],
        width: stageWidth,
        heads: heads[stage],
        groups: groups[stage],
        depth: depths[stage],
      };
    }),
  };
  if (config.std.some((value) => value <= 0)) throw encoder.wrong("IMAGE_STD", config.std, "numbers above 0");
  let map = { height, width };
  for (const stage of config.stages) {
    map = { height: sideAfter(stage, map.height), width: sideAfter(stage, map.width) };
    if (map.height < 1 || map.width < 1 || map.height * map.width > MAX_TOKENS) {
      throw encoder.wrong("IMAGE_SIZE", [width, height], `sizes that every stage cuts into 1 to ${MAX_TOKENS} patches`);
    }
  }
  return config;
}

/** How many patches of a stage stand side by side on so many pixels or tokens. */
export function sideAfter({ patchSize, patchStride, patchPadding }: StageConfig, side: number): number {
  return Math.floor((side + 2 * patchPadding - patchSize) / patchStride) + 1;
}

function textConfig(root: Section): ModelConfig["text"] {
  const encoder = root.section("LANG_ENCODER");
  encoder.expect("NAME", "transformer");
  encoder.expect("TOKENIZER", "clip");
  encoder.expect("AUTOGRESSIVE", false); // sic: the key is spelled so in the published file
  const width = encoder.size("WIDTH", MAX_WIDTH);
  const heads = encoder.size("HEADS", MAX_WIDTH);
  encoder.divides("HEADS", heads, "WIDTH", width);
  return {
    contextLength: encoder.size("CONTEXT_LENGTH", 4_096),
    width,
    heads,
    layers: encoder.size("LAYERS", MAX_DEPTH),
  };
}

/** A mapping of the file together with its path, for messages that name the key. */
class Section {
  readonly #values: Record<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new MedembedError(
        "invalid-config",
        `config.yaml: ${path || "the file"} must be a mapping of keys to values`,
      );
    }
    this.#values = value as Record<string, unknown>;
    this.#path = path;
  }

  wrong(key: string, found: unknown, needed: string): MedembedError {
    return new MedembedError("invalid-config", `config.yaml: ${this.#path}${key} is ${show(found)}, needed: ${needed}`);
  }

  section(key: string): Section {
    return new Section(this.#values[key], `${this.#path}${key}.`);
  }

  expect(key: string, needed: string | boolean): void {
    if (this.#values[key] !== needed) throw this.wrong(key, this.#values[key], JSON.stringify(needed));
  }

  size(key: string, max: number): number {
    const value = this.#values[key];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > max) {
      throw this.wrong(key, value, `a whole number from 1 to ${max}`);
    }
    return value;
  }

  sizes(key: string, max: number, length?: number): number[] {
    const values = this.numbers(key, length);
    if (values.length === 0 || values.some((value) => !Number.isInteger(value) || value < 1 || value > max)) {
      throw this.wrong(key, values, `whole numbers from 1 to ${max}`);
    }
    return values;
  }

  numbers(key: string, length?: number): number[] {
    return this.#list(key, length, (value) => typeof value === "number" && Number.isFinite(value), "numbers");
  }

  booleans(key: string, length: number): boolean[] {
    return this.#list(key, length, (value) => typeof value === "boolean", "booleans");
  }

  divides(key: string, divisor: number, otherKey: string, dividend: number): void {
    if (dividend % divisor !== 0) throw this.wrong(key, divisor, `a divisor of ${otherKey} (${dividend})`);
  }

  #list<T>(key: string, length: number | undefined, isElement: (value: unknown) => boolean, kind: string): T[] {
    const value = this.#values[key];
    const fits =
      Array.isArray(value) &&
      value.length <= 64 &&
      (length === undefined || value.length === length) &&
      value.every(isElement);
    if (!fits) throw this.wrong(key, value, `a list of ${length ?? "up to 64"} ${kind}`);
    return value as T[];
  }
}

/** A value in a few words. Lists and mappings are not followed: aliases can make them endless. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 8).map((element) => (isScalar(element) ? show(element) : "…"))}]`;
  return isScalar(value) ? (JSON.stringify(value)?.slice(0, 80) ?? "nothing") : "a mapping";
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}
