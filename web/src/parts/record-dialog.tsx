import { WORDS } from "../words.ts";
import type { ShownRecord } from "./gallery.tsx";
import { useLargePicture } from "./large-picture.ts";
import { Modal } from "./modal.tsx";
import { PictureStage } from "./picture-stage.tsx";
import { nameOf, tableOf } from "./record-words.ts";
import { WindowControls } from "./window-controls.tsx";

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

interface RecordDialogProps {
  readonly record: ShownRecord;
  /** What its score is. */
  readonly scoreName: string;
  /** In its gallery, from 1. */
  readonly position: number;
  readonly of: number;
  readonly onMove: (step: number) => void;
  readonly onLike: () => void;
  readonly onClose: () => void;
}

/** A record large, with all that is known of it; the arrow keys show the one before and behind. */
export function RecordDialog({ record, scoreName, position, of, onMove, onLike, onClose }: RecordDialogProps) {
  const { score, note } = record;
  const picture = useLargePicture(record.id);
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || event.target instanceof HTMLInputElement) return; // arrow keys move sliders, too
    event.preventDefault();
    onMove(step);
  };
  return (
    <Modal title={WORDS.record.large(position, of)} class="record" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys for what its buttons do, too */}
      <div class="record-parts" onKeyDown={move}>
        <PictureStage picture={picture} alt={nameOf(record)} />
        <div class="known">
          <h2>{nameOf(record)}</h2>
          <p>
            {WORDS.record.large(position, of)}
            {score !== undefined && ` · ${scoreName} ${score.toFixed(4)}`}
            {note !== undefined && ` · ${note}`}
          </p>
          <div class="actions">
            <button type="button" onClick={() => onMove(-1)}>
              {WORDS.record.previous}
            </button>
            <button type="button" onClick={() => onMove(1)}>
              {WORDS.record.next}
            </button>
            <button type="button" class="main" onClick={onLike}>
              {WORDS.record.like}
            </button>
          </div>
          <WindowControls picture={picture} />
          <dl>
            {tableOf(record).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <form method="dialog">
            <button type="submit">{WORDS.close}</button>
          </form>
        </div>
      </div>
    </Modal>
  );
}
