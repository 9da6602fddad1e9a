/** In seconds: from a text of the small model to what the 90 s of a call allow. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100];
/** Items of a batch: texts of one length may be many, images are eight at most. */
export const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128];
