/**
 * Works on several items at a time and yields their results in the order of the items. At most `width` items are begun
 * and not yet yielded, so memory stays flat however many there are.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    result.catch(() => {}); // reported when its turn comes
    begun.push(result);
    if (begun.length >= width) yield (await begun.shift()) as Result;
  }
  for (const result of begun) yield result;
}
