import { useRef, useState } from "preact/hooks";
import { setLabels } from "../server/calls.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { Progress } from "./progress.tsx";

/** The server takes so many at once. */
const IDS_A_CALL = 10_000;

interface LabelFormProps {
  readonly library: string;
  /** Of the records that are chosen. */
  readonly ids: readonly string[];
  readonly onDone: (name: string) => void;
}

/** Gives all chosen records a label, which is stored in the library. */
export function LabelForm({ library, ids, onDone }: LabelFormProps) {
  const work = useWork();
  const [told, setTold] = useState("");
  const name = useRef<HTMLInputElement>(null);
  const value = useRef<HTMLInputElement>(null);
  const store = (event: Event) => {
    event.preventDefault();
    const label = { [name.current!.value.trim()]: value.current!.value.trim() };
    setTold("");
    work.start(async (signal) => {
      let changed = 0;
      for (let at = 0; at < ids.length; at += IDS_A_CALL) {
        changed += await setLabels(library, ids.slice(at, at + IDS_A_CALL), label, signal);
      }
      setTold(WORDS.labelling.done(changed));
      onDone(Object.keys(label)[0]);
    });
  };
  return (
    <form class="filters" onSubmit={store}>
      <label>
        <span>{WORDS.labelling.name}</span>
        <input ref={name} required placeholder="finding" />
      </label>
      <label>
        <span>{WORDS.labelling.value}</span>
        <input ref={value} required placeholder="pneumonia" />
      </label>
      <button type="submit" class="main">
        {WORDS.labelling.store(ids.length)}
      </button>
      <Progress work={work} label={WORDS.labelling.working} />
      <p role="status">{told}</p>
    </form>
  );
}
