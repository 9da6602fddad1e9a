/** When a group ends; it ends with the items in any case. */
interface GroupEnd<Item> {
  readonly isFull: (group: readonly Item[]) => boolean;
  /** After its first item, though more may come. Default: never. */
  readonly afterMs?: number;
}

/** Items in groups, in their order. When the items break off with an error, it is thrown behind the last group. */
export async function* inGroups<Item>(
  items: AsyncIterable<Item>,
  { isFull, afterMs }: GroupEnd<Item>,
): AsyncGenerator<Item[]> {
  const source = items[Symbol.asyncIterator]();
  const ask = () =>
    source.next().then(
      (arrived) => ({ arrived }),
      (failure: unknown) => ({ failure }),
    );
  let group: Item[] = [];
  let timer: Timer | undefined;
  let next = ask();
  try {
    for (;;) {
      const event = await (timer ? Promise.race([next, timer.rings]) : next);
      if (event && "failure" in event) {
        if (group.length > 0) yield group;
        throw event.failure;
      }
      if (event && !event.arrived.done) {
        group.push(event.arrived.value);
        next = ask();
        if (afterMs !== undefined) timer ??= new Timer(afterMs);
        if (!isFull(group)) continue;
      }
      timer?.stop();
      timer = undefined;
      if (group.length > 0) yield group;
      if (event?.arrived.done) return;
      group = [];
    }
  } finally {
    timer?.stop();
    source.return?.().catch(() => {}); // not awaited: it would wait for the item that is on its way
  }
}

/** Rings once, unless it is stopped before. */
class Timer {
  readonly rings: Promise<undefined>;
  #timeout: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.rings = new Promise((resolve) => {
      this.#timeout = setTimeout(() => resolve(undefined), ms);
    });
  }

  stop(): void {
    clearTimeout(this.#timeout);
  }
}
