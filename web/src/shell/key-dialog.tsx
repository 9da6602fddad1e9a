import { useRef } from "preact/hooks";
import { Modal } from "../parts/modal.tsx";
import { keyAsked } from "../state/session-key.ts";
import { WORDS } from "../words.ts";

/** Takes the key that the server wants. */
export function KeyDialog() {
  const input = useRef<HTMLInputElement>(null);
  const asking = keyAsked.value;
  if (!asking) return null;
  const { title, text, wrong, label, open } = WORDS.key;
  return (
    <Modal title={title} class="small" onClose={() => asking.answer(undefined)}>
      <h2>{title}</h2>
      <p>{text}</p>
      {asking.isWrong && <p role="alert">{wrong}</p>}
      <form
        class="key"
        onSubmit={(event) => {
          event.preventDefault();
          const key = input.current?.value.trim();
          if (key) asking.answer(key);
        }}
      >
        <label>
          <span>{label}</span>
          <input ref={input} type="password" autocomplete="off" required />
        </label>
        <button type="submit" class="main">
          {open}
        </button>
      </form>
    </Modal>
  );
}
