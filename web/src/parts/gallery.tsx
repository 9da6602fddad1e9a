import { useState } from "preact/hooks";
import type { KnownRecord } from "../server/calls.ts";
import { WORDS } from "../words.ts";
import { OpenedRecord } from "./opened-record.tsx";
import { RecordPicture } from "./record-picture.tsx";
import { nameOf, tagsOf } from "./record-words.ts";

const SMALL = [320];

/** A record, and what a view has found out about it. */
export interface ShownRecord extends KnownRecord {
  readonly score?: number;
  /** Stands before what is known of it. */
  readonly note?: string;
  /** It stands out from the others. */
  readonly isMarked?: boolean;
  /** Another record that it is to be compared with. */
  readonly beside?: { readonly id: string; readonly caption: string };
}

interface GalleryProps {
  readonly records: readonly ShownRecord[];
  /** What the scores are. Default: a likeness. */
  readonly scoreName?: string;
  readonly onLike: (id: string) => void;
}

/** Records as pictures, each of which opens large. */
export function Gallery({ records, scoreName = WORDS.record.score, onLike }: GalleryProps) {
  const [opened, setOpened] = useState<number | undefined>();
  return (
    <>
      <ul class={records.some(({ beside }) => beside) ? "gallery pairs" : "gallery"}>
        {records.map((each, i) => (
          <li key={each.id} class={each.isMarked ? "marked" : ""}>
            <button type="button" onClick={() => setOpened(i)}>
              <span class="pictures">
                <RecordPicture id={each.id} sizes={SMALL} alt="" />
                {each.beside && <RecordPicture id={each.beside.id} sizes={SMALL} alt="" />}
              </span>
              <span class="caption">
                {each.score !== undefined && (
                  <span class="score" title={scoreName}>
                    {each.score.toFixed(3)}
                  </span>
                )}
                <span class="file">{nameOf(each)}</span>
                {each.beside && <span class="beside">{each.beside.caption}</span>}
                <span class="tags">
                  {each.note && <span class="note">{each.note}</span>}
                  {tagsOf(each).map((tag) => (
                    <span key={tag}>{tag}</span>
                  ))}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <OpenedRecord records={records} opened={opened} scoreName={scoreName} onOpen={setOpened} onLike={onLike} />
    </>
  );
}
