import { useState } from "preact/hooks";
import { Modal } from "../parts/modal.tsx";
import { WORDS } from "../words.ts";

const SEEN_UNDER = "medembed.notice-seen";

/** What the page is not for: told once, and to be found at the foot of it. */
export function Notice() {
  const [isOpen, setOpen] = useState(() => localStorage.getItem(SEEN_UNDER) === null);
  const { title, text, accept } = WORDS.notice;
  const close = () => {
    localStorage.setItem(SEEN_UNDER, "1");
    setOpen(false);
  };
  return (
    <>
      <footer>
        <button type="button" class="quiet" onClick={() => setOpen(true)}>
          {title}
        </button>
      </footer>
      {isOpen && (
        <Modal title={title} class="small" onClose={close}>
          <h2>{title}</h2>
          <p>{text}</p>
          <form method="dialog">
            <button type="submit" class="main">
              {accept}
            </button>
          </form>
        </Modal>
      )}
    </>
  );
}
