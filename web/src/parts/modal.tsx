import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ModalProps {
  readonly title: string;
  readonly class?: string;
  /** Escape, or whatever else closes it. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A dialog that holds the focus until it is closed and gives it back then, as browsers do it themselves. */
export function Modal({ title, class: kind = "", onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // Whoever opens it again before it was taken away finds it closed.
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  });
  return (
    <dialog ref={dialog} class={`modal ${kind}`} aria-label={title} onClose={onClose}>
      {children}
    </dialog>
  );
}
