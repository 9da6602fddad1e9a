import { ask } from "./ask.ts";
import { pathOf } from "./calls.ts";

/** So many are asked for at a time: the server bounds what is pending, and others want something, too. */
const AT_A_TIME = 4;
/** Kept, so that going back shows them at once. */
const KEPT = 400;

/** From black to white, in what values measure. */
export interface WindowSize {
  readonly center: number;
  readonly width: number;
}

export interface PictureOptions {
  /** Of the longer side, in pixels. */
  readonly size: number;
  /** Of grays; undefined: as the record's vector was made. */
  readonly window?: WindowSize | undefined;
  /** Of a volume or a series, from 1; undefined: the middle one. */
  readonly slice?: number | undefined;
}

/** What a record is of, and what of it can be chosen. */
export interface RecordPicture {
  /** Within this page, for an image element. */
  readonly url: string;
  readonly grays?: {
    readonly window: WindowSize;
    readonly low: number;
    readonly high: number;
    readonly isHounsfield: boolean;
  };
  readonly slices?: { readonly shown: number; readonly count: number };
}

const pictures = new Map<string, RecordPicture>();
const waiting: (() => void)[] = [];
let running = 0;

/** @throws as `ask` */
export async function recordPicture(
  library: string,
  id: string,
  { size, window, slice }: PictureOptions,
  signal: AbortSignal,
): Promise<RecordPicture> {
  const query = new URLSearchParams({
    size: String(size),
    ...(window && { center: String(window.center), width: String(window.width) }),
    ...(slice !== undefined && { slice: String(slice) }),
  });
  const path = `${pathOf(library)}/records/${encodeURIComponent(id)}/picture?${query}`;
  const known = pictures.get(path);
  if (known !== undefined) return known;
  await turn(signal);
  try {
    const picture = await read(await ask(path, { signal }));
    pictures.set(path, picture);
    if (pictures.size > KEPT) {
      const [oldest, dropped] = pictures.entries().next().value!;
      pictures.delete(oldest);
      URL.revokeObjectURL(dropped.url);
    }
    return picture;
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function read(response: Response): Promise<RecordPicture> {
  const numbers = (name: string, between: string) =>
    response.headers.get(`medembed-${name}`)?.split(between).map(Number);
  const [[center, width], [low, high]] = [numbers("window", ",") ?? [], numbers("range", ",") ?? []];
  const [shown, count] = numbers("slice", "/") ?? [];
  return {
    url: URL.createObjectURL(await response.blob()),
    ...(high !== undefined && {
      grays: { window: { center, width }, low, high, isHounsfield: response.headers.get("medembed-unit") === "HU" },
    }),
    ...(count !== undefined && { slices: { shown, count } }),
  };
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
