/**
 * Works on several items at a time and yields their results in the order of the items, each as soon as its turn has come.
 * At most `width` items are begun and not yet yielded, so memory stays flat however many there are. When the items break
 * off with an error, it is thrown behind the results of those that came before.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const source = items[Symbol.asyncIterator]();
  const next = () =>
    source.next().then(
      (arrived) => ({ arrived }),
      (failure: unknown) => ({ failure }),
    );
  const begun: Promise<Result>[] = [];
  let arrival: ReturnType<typeof next> | undefined = next();
  let end: object = {};
  try {
    while (arrival || begun.length > 0) {
      const event = await Promise.race([
        ...(arrival && begun.length < width ? [arrival] : []),
        ...begun.slice(0, 1).map((result) => result.then((yielded) => ({ yielded }))),
      ]);
      if ("yielded" in event) {
        begun.shift();
        yield event.yielded;
      } else if ("failure" in event || event.arrived.done) {
        arrival = undefined;
        end = event;
      } else {
        const result = work(event.arrived.value);
        result.catch(() => {}); // reported when its turn comes
        begun.push(result);
        arrival = next();
      }
    }
    if ("failure" in end) throw end.failure;
  } finally {
    if (arrival) source.return?.()?.catch(() => {}); // not awaited: it would wait for the item that is on its way
  }
}
