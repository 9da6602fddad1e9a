import { WORDS } from "../words.ts";
import type { ShownRecord } from "./gallery.tsx";
import { RecordDialog } from "./record-dialog.tsx";

interface OpenedRecordProps {
  readonly records: readonly ShownRecord[];
  /** Its place among them; undefined: none is. */
  readonly opened: number | undefined;
  readonly scoreName?: string | undefined;
  readonly onOpen: (opened: number | undefined) => void;
  readonly onLike: (id: string) => void;
}

/** The record of a list that is seen large, if one is. */
export function OpenedRecord({ records, opened, scoreName = WORDS.record.score, onOpen, onLike }: OpenedRecordProps) {
  const record = opened === undefined ? undefined : records[opened];
  if (!record) return null;
  return (
    <RecordDialog
      record={record}
      scoreName={scoreName}
      position={opened! + 1}
      of={records.length}
      onMove={(step) => onOpen((opened! + step + records.length) % records.length)}
      onLike={() => {
        onOpen(undefined);
        onLike(record.id);
      }}
      onClose={() => onOpen(undefined)}
    />
  );
}
