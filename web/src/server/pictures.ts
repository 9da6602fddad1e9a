import { pictureOf } from "./calls.ts";

/** So many are asked for at a time: the server bounds what is pending, and others want something, too. */
const AT_A_TIME = 4;
/** Kept, so that going back shows them at once. */
const KEPT = 400;

const urls = new Map<string, string>();
const waiting: (() => void)[] = [];
let running = 0;

/** The address of a picture within this page, for an image element. @throws as `ask` */
export async function pictureUrl(library: string, id: string, size: number, signal: AbortSignal): Promise<string> {
  const name = JSON.stringify([library, id, size]);
  const known = urls.get(name);
  if (known !== undefined) return known;
  await turn(signal);
  try {
    const url = URL.createObjectURL(await pictureOf(library, id, size, signal));
    urls.set(name, url);
    if (urls.size > KEPT) {
      const [oldest, dropped] = urls.entries().next().value!;
      urls.delete(oldest);
      URL.revokeObjectURL(dropped);
    }
    return url;
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function turn(signal: AbortSignal): Promise<void> {
  while (running >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
  if (!signal.aborted) {
    running++;
    return;
  }
  waiting.shift()?.();
  signal.throwIfAborted();
}
