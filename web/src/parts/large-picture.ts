import { useEffect, useRef, useState } from "preact/hooks";
import { type RecordPicture, recordPicture, type WindowSize } from "../server/pictures.ts";
import { library } from "../state/libraries.ts";
import { WORDS } from "../words.ts";

/** Of the longer side, in pixels: a small one is there sooner, and shown until the large one is. */
const SMALL = 320;
const LARGE = 1_600;

/** How a picture is wanted; what is undefined is as the record's vector was made. */
interface Wanted {
  readonly window?: WindowSize | undefined;
  readonly slice?: number | undefined;
}

interface Look {
  readonly id: string;
  readonly wanted: Wanted;
  readonly shown?: RecordPicture;
  /** Why what is wanted cannot be shown. */
  readonly missing?: string | undefined;
}

/** A picture that can be had under other windows and of other slices. */
export interface LargePicture extends Look {
  readonly want: (changes: Wanted) => void;
}

/** What is asked about one record. */
interface Asking {
  /** What is wanted and not asked for yet. */
  latest: Wanted | undefined;
  isBusy: boolean;
  readonly signal: AbortSignal;
}

const AS_IT_IS: Wanted = {};

/** One question at a time: while it is under way what is wanted may change often, and only the last of it is asked for. */
export function useLargePicture(id: string): LargePicture {
  const { name, pictures } = library.value!;
  const [look, setLook] = useState<Look>({ id, wanted: AS_IT_IS });
  const asking = useRef<Asking | undefined>(undefined);
  const { wanted, ...own }: Look = look.id === id ? look : { id, wanted: AS_IT_IS };
  const change = (changes: Partial<Look>) =>
    setLook((before) => ({ ...(before.id === id ? before : { id, wanted: AS_IT_IS }), ...changes }));

  const ask = async (asked: Asking) => {
    const { signal } = asked;
    asked.isBusy = true;
    try {
      if (asked.latest === AS_IT_IS) change({ shown: await recordPicture(name, id, { size: SMALL }, signal) });
      while (asked.latest) {
        const next = asked.latest;
        asked.latest = undefined;
        const shown = await recordPicture(name, id, { size: LARGE, ...next }, signal);
        if (!signal.aborted) change({ shown, missing: undefined });
      }
    } catch (error) {
      if (!signal.aborted) change({ missing: (error as Error).message });
    } finally {
      asked.isBusy = false;
    }
  };
  useEffect(() => {
    const leaving = new AbortController();
    asking.current = { latest: undefined, isBusy: false, signal: leaving.signal };
    return () => leaving.abort();
  }, [id]);
  useEffect(() => {
    if (!pictures) return change({ missing: WORDS.record.noPicture });
    const asked = asking.current!;
    asked.latest = wanted;
    if (!asked.isBusy) ask(asked);
  }, [id, wanted]);
  return { ...own, wanted, want: (changes) => change({ wanted: { ...wanted, ...changes } }) };
}
