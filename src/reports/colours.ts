/** For classes, in this order: they differ on white and on black paper, the first ones also for eyes that see few colours. */
export const COLOURS = [
  ...["#3b78d8", "#e8710a", "#1a9c6b", "#c94f9b", "#8a63d2", "#b08d00", "#1fa8c9", "#d64545", "#7a8b99", "#8c5a3c"],
  ...["#6b9bff", "#ff9f5a", "#5cc88f", "#f28ccb", "#b79cf0", "#d9b93b", "#6fd0e4", "#f08a8a", "#4f5f6f", "#c39777"],
] as const;

/** The class of the i-th colour in a page's style; beyond the last they begin again. */
export function colourClass(i: number): string {
  return `ink${i % COLOURS.length}`;
}
