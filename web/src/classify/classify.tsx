import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type ChosenImage, chooseImage } from "../parts/chosen-image.ts";
import { ImagePicker } from "../parts/image-picker.tsx";
import { Progress } from "../parts/progress.tsx";
import { CallFailed } from "../server/ask.ts";
import { embedImage, embedTexts, listLabels, type Vectors } from "../server/calls.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { LabelEditor } from "./label-editor.tsx";
import { ClassifiedImage, type Outcome } from "./outcome.tsx";
import { shareLabels } from "./zero-shot.ts";

const LABEL_PLACE = "{}";

/** They stay when another view is looked at in between. */
const labels = signal<readonly string[]>([]);
const template = signal(LABEL_PLACE);
const images = signal<readonly ChosenImage[]>([]);
const outcomes = signal<ReadonlyMap<ChosenImage, Outcome>>(new Map());

/** Which of some labels each image fits best, without training. */
export function Classify() {
  const proposing = useWork();
  const work = useWork();
  const [catalogue, setCatalogue] = useState<readonly string[]>([]);
  useEffect(() => proposing.start(async (leaving) => setCatalogue(await listLabels(leaving))), [proposing]);

  const deployment = library.value?.deployment;
  const competing = labels.value;
  const fault = faultOf(competing, template.value, images.value.length);
  const run = () => {
    outcomes.value = new Map();
    work.start(async (leaving) => {
      const texts = competing.map((label) => template.value.replaceAll(LABEL_PLACE, label));
      const vectors = await embedTexts(texts, deployment, leaving);
      for (const image of images.value) {
        const outcome = await classify(image, competing, vectors, leaving);
        outcomes.value = new Map([...outcomes.value, [image, outcome]]);
      }
    });
  };
  const pick = async (files: readonly File[]) => {
    images.value = [...images.value, ...(await Promise.all(files.map(chooseImage)))];
  };
  /** What was found holds for the labels that competed. */
  const changeLabels = (changed: readonly string[]) => {
    labels.value = changed;
    outcomes.value = new Map();
  };
  const done = outcomes.value.size;
  const of = images.value.length;
  return (
    <div class="classify">
      <h1 class="unseen">{WORDS.classify.title}</h1>
      <aside>
        <LabelEditor labels={competing} catalogue={catalogue} onChange={changeLabels} />
        <label class="template">
          <span>{WORDS.classify.template}</span>
          <input
            value={template.value}
            aria-describedby="template-hint"
            onInput={({ currentTarget }) => {
              template.value = currentTarget.value;
            }}
          />
          <small id="template-hint">{WORDS.classify.templateHint}</small>
        </label>
        <button type="button" class="main" disabled={fault !== undefined} aria-describedby="fault" onClick={run}>
          {WORDS.classify.run}
        </button>
        <p id="fault" class="hint">
          {fault}
        </p>
        <Progress work={proposing} />
      </aside>
      <section>
        <ImagePicker isMultiple onPick={pick} />
        <Progress work={work} label={WORDS.classify.working(done, of)} share={of === 0 ? undefined : done / of} />
        {of === 0 && <p class="hint">{WORDS.classify.invite}</p>}
        <ul class="classified">
          {images.value.map((image) => (
            <ClassifiedImage
              key={image}
              image={image}
              outcome={outcomes.value.get(image)}
              onRemove={() => {
                images.value = images.value.filter((other) => other !== image);
              }}
            />
          ))}
        </ul>
      </section>
    </div>
  );
}

/** What is missing before anything can be classified. */
function faultOf(labels: readonly string[], template: string, images: number): string | undefined {
  if (labels.length < 2) return WORDS.classify.few;
  if (!template.includes(LABEL_PLACE)) return WORDS.classify.badTemplate;
  return images === 0 ? WORDS.classify.noImages : undefined;
}

/** A bad image fails alone. @throws what stops the others, too */
async function classify(
  image: ChosenImage,
  labels: readonly string[],
  vectors: Vectors,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const { vectors: own } = await embedImage(image.base64, library.value?.deployment, signal);
    return { shares: shareLabels(labels, vectors, own[0]) };
  } catch (error) {
    if (error instanceof CallFailed && error.status === 424) return { refused: error.message };
    throw error;
  }
}
