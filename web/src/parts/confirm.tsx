import { WORDS } from "../words.ts";
import { Modal } from "./modal.tsx";

interface ConfirmProps {
  readonly title: string;
  /** What cannot be undone. */
  readonly text: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something is lost. */
export function Confirm({ title, text, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal title={title} class="small" onClose={onClose}>
      <h2>{title}</h2>
      <p>{text}</p>
      <form method="dialog" class="actions">
        <button type="submit">{WORDS.cancel}</button>
        <button type="submit" class="main" onClick={onConfirm}>
          {title}
        </button>
      </form>
    </Modal>
  );
}
