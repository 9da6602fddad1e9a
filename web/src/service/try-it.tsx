import { useState } from "preact/hooks";
import { type ChosenImage, chooseImage } from "../parts/chosen-image.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { ImagePicker } from "../parts/image-picker.tsx";
import { Progress } from "../parts/progress.tsx";
import { Scrolled } from "../parts/scrolled.tsx";
import { scoreRow } from "../server/calls.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { abridge } from "./abridge.ts";
import { requestCode } from "./request-code.ts";

interface TryItProps {
  /** By name. */
  readonly deployments: readonly string[];
}

/** Sends a real request, and shows it as programs send it. */
export function TryIt({ deployments }: TryItProps) {
  const work = useWork();
  const [deployment, setDeployment] = useState<string>();
  const [text, setText] = useState<string>(WORDS.search.placeholder);
  const [image, setImage] = useState<ChosenImage>();
  const [answer, setAnswer] = useState<{ readonly ms: number; readonly body: string }>();
  const words = WORDS.service.tryIt;
  const asked = image
    ? ({ column: "image", value: image.name, deployment } as const)
    : ({ column: "text", value: text, deployment } as const);
  const send = (event: Event) => {
    event.preventDefault();
    setAnswer(undefined);
    work.start(async (signal) => {
      const started = performance.now();
      const body = await scoreRow(asked.column, image?.base64 ?? text, deployment, signal);
      setAnswer({ ms: performance.now() - started, body: abridge(body) });
    });
  };
  return (
    <section class="try">
      <h2>{words.title}</h2>
      <form onSubmit={send}>
        <label>
          <span>{words.deployment}</span>
          <select
            value={deployment ?? ""}
            onChange={({ currentTarget }) => setDeployment(currentTarget.value || undefined)}
          >
            <option value="">{words.any}</option>
            {deployments.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {image ? (
          <div class="chosen">
            {image.url ? <img src={image.url} alt="" /> : <span class="missing">{WORDS.pick.noPreview}</span>}
            <span class="file">{image.name}</span>
            <button type="button" aria-label={WORDS.pick.remove} onClick={() => setImage(undefined)}>
              ×
            </button>
          </div>
        ) : (
          <label class="text">
            <span>{words.text}</span>
            <input value={text} required onInput={({ currentTarget }) => setText(currentTarget.value)} />
          </label>
        )}
        <button type="submit" class="main">
          {words.send}
        </button>
      </form>
      <ImagePicker onPick={async ([file]) => setImage(await chooseImage(file))} />
      <Progress work={work} label={words.working} />
      {answer && (
        <div class="answer">
          <p class="heading">
            <strong role="status">{words.answered(answer.ms)}</strong>
            <CopyButton text={answer.body} label={words.copy(words.answer)} />
          </p>
          <Scrolled label={words.answer}>
            <pre>{answer.body}</pre>
          </Scrolled>
        </div>
      )}
      <h3>{words.code}</h3>
      <div class="codes">
        {Object.entries(requestCode(asked)).map(([language, code]) => (
          <div key={language}>
            <p class="heading">
              <strong>{language}</strong>
              <CopyButton text={code} label={words.copy(language)} />
            </p>
            <Scrolled label={language}>
              <pre>{code}</pre>
            </Scrolled>
          </div>
        ))}
      </div>
    </section>
  );
}
