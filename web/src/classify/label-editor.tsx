import { useRef, useState } from "preact/hooks";
import { WORDS } from "../words.ts";

/** More of them are a list that nobody reads. */
const PROPOSED = 30;
/** To begin with; what the default model knows. */
const EXAMPLES = [
  "x-ray chest",
  "computed tomography head",
  "computed tomography chest",
  "magnetic resonance imaging brain",
  "magnetic resonance imaging knee",
  "ultrasound heart",
  "fundus photography eye",
];

interface LabelEditorProps {
  readonly labels: readonly string[];
  /** Texts to choose from; others may be typed. */
  readonly catalogue: readonly string[];
  readonly onChange: (labels: readonly string[]) => void;
}

/** The labels that compete, with texts of the catalogue proposed while one is typed. */
export function LabelEditor({ labels, catalogue, onChange }: LabelEditorProps) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const words = typed.toLowerCase().split(/\s+/);
  const proposed = catalogue
    .filter((text) => !labels.includes(text) && words.every((word) => text.includes(word)))
    .slice(0, PROPOSED);
  const add = (event: Event) => {
    event.preventDefault();
    const label = typed.trim();
    if (label !== "" && !labels.includes(label)) onChange([...labels, label]);
    setTyped("");
    input.current?.focus();
  };
  const { add: addWord, addButton, removeLabel, examples } = WORDS.classify;
  return (
    <section class="labels">
      <h2>{WORDS.classify.labels}</h2>
      <ul>
        {labels.map((label) => (
          <li key={label}>
            <span>{label}</span>
            <button
              type="button"
              aria-label={removeLabel(label)}
              onClick={() => onChange(labels.filter((other) => other !== label))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <label>
          <span>{addWord}</span>
          <input
            ref={input}
            list="catalogue"
            value={typed}
            autocomplete="off"
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <datalist id="catalogue">
          {proposed.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
        <button type="submit">{addButton}</button>
      </form>
      {labels.length === 0 && (
        <button type="button" class="quiet" onClick={() => onChange(EXAMPLES)}>
          {examples}
        </button>
      )}
    </section>
  );
}
