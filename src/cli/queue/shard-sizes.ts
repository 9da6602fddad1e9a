/** Few enough that one which is lost costs seconds, enough that a commit is little beside the embedding. */
export const INPUTS_A_SHARD = 100;
export const MOST_FILES_A_SHARD = 10_000;
/** Their vectors, as text, are in memory at once. */
export const MOST_ROWS_A_SHARD = 1_000;
