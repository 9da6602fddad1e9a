import { useEffect, useRef, useState } from "preact/hooks";
import { WORDS } from "../words.ts";

interface ImagePickerProps {
  readonly isMultiple?: boolean;
  /** Whether NIfTI files are taken, too. */
  readonly takesVolumes?: boolean;
  readonly onPick: (files: readonly File[]) => void;
}

/** A button to choose files with, which also takes what is dropped or pasted anywhere on the page. */
export function ImagePicker({ isMultiple = false, takesVolumes = false, onPick }: ImagePickerProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const pick = useRef(onPick);
  pick.current = onPick;
  useEffect(() => {
    const leaving = new AbortController();
    const take = (event: Event, data: DataTransfer | null) => {
      const files = [...(data?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      pick.current(isMultiple ? files : files.slice(0, 1));
    };
    const listen = { signal: leaving.signal };
    const over = (event: Event, isOver: boolean) => {
      event.preventDefault(); // else the browser would open the file instead of the page
      setOver(isOver);
    };
    addEventListener("dragover", (event) => over(event, true), listen);
    addEventListener("dragleave", (event) => over(event, event.relatedTarget !== null), listen);
    addEventListener("drop", (event) => over(event, false), listen);
    addEventListener("drop", (event) => take(event, event.dataTransfer), listen);
    addEventListener("paste", (event) => take(event, event.clipboardData), listen);
    return () => leaving.abort();
  }, [isMultiple]);
  const { image, images, drop, dropMany, kinds, kindsAndVolumes } = WORDS.pick;
  return (
    <div class={isOver ? "picker over" : "picker"}>
      <input
        ref={input}
        type="file"
        hidden
        multiple={isMultiple}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = ""; // so that the same file can be chosen again
          if (files.length > 0) onPick(files);
        }}
      />
      <button type="button" onClick={() => input.current?.click()}>
        {isMultiple ? images : image}
      </button>
      <span>{isMultiple ? dropMany : drop}</span>
      <small>{takesVolumes ? kindsAndVolumes : kinds}</small>
    </div>
  );
}
