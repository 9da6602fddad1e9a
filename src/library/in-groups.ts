/**
 * Items in groups, in their order; a group ends when it is full, and with the items. When they break off with an error, it is
 * thrown behind the last group.
 */
export async function* inGroups<Item>(
  items: AsyncIterable<Item>,
  isFull: (group: readonly Item[]) => boolean,
): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  let failure: { readonly error: unknown } | undefined;
  const source = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        failure = { error };
        return { done: true } as const;
      });
      if (next.done) break;
      group.push(next.value);
      if (!isFull(group)) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
  } finally {
    await source.return?.();
  }
  if (failure) throw failure.error;
}
