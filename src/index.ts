export type { Patience } from "./batcher.ts";
export { Embedder, type EmbedderOptions, type ImageOptions } from "./embedder.ts";
export { ERROR_CODES, type ErrorCode, MedembedError } from "./errors.ts";
export type { BundleCard, Precision } from "./models/bundle.ts";
export type { FoundSeries, Series, SeriesSlice } from "./preparation/preparation.ts";
export { type FileRecipe, openRecipe } from "./profiles/open-recipe.ts";
