export const ORDERS = ["ordered", "unordered"] as const;
/** Results in the order of the items, or each as soon as it is there. */
export type Order = (typeof ORDERS)[number];

interface ParallelOptions {
  /** Items begun and not yet yielded, at most: memory stays flat however many there are. */
  readonly width: number;
  /** Default: "ordered". */
  readonly order?: Order;
  readonly signal?: AbortSignal | undefined;
}

/** An item on its way: taken from the items, then worked on. */
interface Slot<Result> {
  /** One each: a signal with many listeners makes Node warn of a leak. */
  readonly stop: AbortController;
  outcome?: "end" | { readonly result: Result } | { readonly failure: unknown };
}

/**
 * Works on several items at a time and yields their results. When the items break off with an error, it is thrown behind
 * the results of those that came before. Work in progress is told to stop when the caller leaves, aborts, or work fails.
 * @param items asked for several at a time, as generators allow
 * @throws what work threw; what the items threw; the signal's reason, whatever is still awaited
 */
export async function* inParallel<Item, Result>(
  items: AsyncGenerator<Item>,
  { width, order = "ordered", signal }: ParallelOptions,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Result> {
  signal?.throwIfAborted();
  const begun: Slot<Result>[] = [];
  let wake = () => {};
  const leave = () => {
    for (const { stop } of begun) stop.abort(signal?.reason);
    wake();
  };
  signal?.addEventListener("abort", leave);

  let breakage: { readonly failure: unknown } | undefined;
  const run = async (slot: Slot<Result>) => {
    const next = await items.next().catch((failure: unknown) => {
      breakage = { failure };
    });
    if (!next || next.done) slot.outcome = "end";
    else slot.outcome = await work(next.value, slot.stop.signal).then((result) => ({ result }), failureOf);
    wake();
  };

  let isEnded = false;
  try {
    for (;;) {
      while (!isEnded && begun.length < width) {
        const slot = { stop: new AbortController() };
        begun.push(slot);
        run(slot);
      }
      if (begun.length === 0) break;
      const candidates = order === "ordered" ? begun.slice(0, 1) : begun;
      const ready = candidates.find(({ outcome }) => outcome);
      if (ready?.outcome === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        begun.splice(begun.indexOf(ready), 1);
        if (ready.outcome === "end") isEnded = true;
        else if ("failure" in ready.outcome) throw ready.outcome.failure;
        else yield ready.outcome.result;
      }
      signal?.throwIfAborted();
    }
    if (breakage) throw breakage.failure;
  } finally {
    signal?.removeEventListener("abort", leave);
    leave();
    items.return(undefined).catch(() => {}); // not awaited: it would wait for the item that is on its way
  }
}

function failureOf(failure: unknown) {
  return { failure };
}

/** Items that are there already, as `inParallel` takes them. */
export async function* oneByOne<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
