import { useEffect, useRef } from "preact/hooks";
import type { ChosenImage } from "../parts/chosen-image.ts";
import { WORDS } from "../words.ts";

interface QueryFormProps {
  readonly text: string;
  /** That is searched for instead of words. */
  readonly image: ChosenImage | undefined;
  readonly onText: (text: string) => void;
  readonly onClear: () => void;
}

/** Words to look for, or the image that was chosen. */
export function QueryForm({ text, image, onText, onClear }: QueryFormProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) input.current.value = text; // what a link or the way back says
  }, [text]);
  return (
    <form
      class="words"
      onSubmit={(event) => {
        event.preventDefault();
        onText(input.current?.value.trim() ?? "");
      }}
    >
      {image && (
        <span class="chosen">
          {image.url ? <img src={image.url} alt="" /> : <span class="missing">{WORDS.pick.noPreview}</span>}
          <span class="file">{image.name}</span>
          <button type="button" aria-label={WORDS.pick.remove} onClick={onClear}>
            ×
          </button>
        </span>
      )}
      <input
        ref={input}
        type="search"
        aria-label={WORDS.search.text}
        placeholder={WORDS.search.placeholder}
        enterkeyhint="search"
      />
      <button type="submit" class="main">
        {WORDS.search.submit}
      </button>
    </form>
  );
}
