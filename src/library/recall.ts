import type { Library } from "./library.ts";

/** Records compared: enough to tell 0.99 from 0.98. */
const SAMPLE = 100;

/**
 * The share of the true nearest neighbours that the index finds, over records spread evenly over the library. A record is not
 * counted as its own neighbour.
 */
export async function measureRecall(library: Library, count = 10): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (const { id, vector } of await library.sample(SAMPLE)) {
    const others = async (isExact: boolean) => {
      const matches = await library.search(vector, { count: count + 1, isExact });
      return matches
        .map(({ record }) => record.id)
        .filter((other) => other !== id)
        .slice(0, count);
    };
    const exact = await others(true);
    const indexed = new Set(await others(false));
    wanted += exact.length;
    found += exact.filter((other) => indexed.has(other)).length;
  }
  return wanted === 0 ? 1 : found / wanted;
}
