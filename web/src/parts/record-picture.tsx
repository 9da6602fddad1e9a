import { useEffect, useRef, useState } from "preact/hooks";
import { recordPicture } from "../server/pictures.ts";
import { library } from "../state/libraries.ts";
import { WORDS } from "../words.ts";

interface RecordPictureProps {
  readonly id: string;
  /** Of the longer side, in pixels: a small one is there sooner, and shown until a larger one is. */
  readonly sizes: readonly number[];
  readonly alt: string;
}

/** What a record is of, fetched when it comes near to what is seen of the page. */
export function RecordPicture({ id, sizes, alt }: RecordPictureProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [shown, setShown] = useState<{ readonly url: string } | { readonly missing: string } | undefined>();
  const { name, pictures } = library.value!;
  useEffect(() => {
    setShown(undefined);
    if (!pictures) return setShown({ missing: WORDS.record.noPicture });
    const leaving = new AbortController();
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        show(leaving.signal).catch((error: Error) => {
          if (!leaving.signal.aborted) setShown({ missing: error.message });
        });
      },
      { rootMargin: "300px" },
    );
    const show = async (signal: AbortSignal) => {
      for (const size of sizes) setShown(await recordPicture(name, id, { size }, signal));
    };
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      leaving.abort();
    };
  }, [name, pictures, id, sizes]);
  return (
    <span ref={place} class="picture">
      {shown && "url" in shown && <img src={shown.url} alt={alt} />}
      {shown && "missing" in shown && <span class="missing">{shown.missing}</span>}
    </span>
  );
}
