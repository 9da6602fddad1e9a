import { useState } from "preact/hooks";
import type { KnownRecord } from "../server/calls.ts";
import { WORDS } from "../words.ts";
import { RecordDialog } from "./record-dialog.tsx";
import { RecordPicture } from "./record-picture.tsx";
import { nameOf, tagsOf } from "./record-words.ts";

const SMALL = [320];

interface GalleryProps {
  readonly records: readonly (KnownRecord & { readonly score?: number })[];
  readonly onLike: (id: string) => void;
}

/** Records as pictures, each of which opens large. */
export function Gallery({ records, onLike }: GalleryProps) {
  const [opened, setOpened] = useState<number | undefined>();
  const record = opened === undefined ? undefined : records[opened];
  return (
    <>
      <ul class="gallery">
        {records.map((each, i) => (
          <li key={each.id}>
            <button type="button" onClick={() => setOpened(i)}>
              <RecordPicture id={each.id} sizes={SMALL} alt="" />
              <span class="caption">
                {each.score !== undefined && (
                  <span class="score" title={WORDS.record.score}>
                    {each.score.toFixed(3)}
                  </span>
                )}
                <span class="file">{nameOf(each)}</span>
                <span class="tags">
                  {tagsOf(each).map((tag) => (
                    <span key={tag}>{tag}</span>
                  ))}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {record && (
        <RecordDialog
          record={record}
          position={opened! + 1}
          of={records.length}
          onMove={(step) => setOpened((opened! + step + records.length) % records.length)}
          onLike={() => {
            setOpened(undefined);
            onLike(record.id);
          }}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}
