import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { callThreeWay } from "../../../src/applications/operating-points/three-way-call.ts";
import { type ChosenImage, chooseImage } from "../parts/chosen-image.ts";
import { ImagePicker } from "../parts/image-picker.tsx";
import { Progress } from "../parts/progress.tsx";
import { CallFailed } from "../server/ask.ts";
import {
  embedImage,
  embedTexts,
  labelImage,
  listLabels,
  type ServiceStatus,
  serviceStatus,
  type Vectors,
} from "../server/calls.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { LabelEditor } from "./label-editor.tsx";
import { ClassifiedImage, type Outcome } from "./outcome.tsx";
import { type LabelShare, shareLabels } from "./zero-shot.ts";

type Classifier = NonNullable<ServiceStatus["deployments"][number]["classifier"]>;

const LABEL_PLACE = "{}";

/** They stay when another view is looked at in between. */
const labels = signal<readonly string[]>([]);
const template = signal(LABEL_PLACE);
/** The deployment of an adapter; undefined: by the labels in words. */
const adapter = signal<string | undefined>(undefined);
const images = signal<readonly ChosenImage[]>([]);
const outcomes = signal<ReadonlyMap<ChosenImage, Outcome>>(new Map());

/** Which of some labels each image fits best: labels in words, or those of an adapter. */
export function Classify() {
  const proposing = useWork();
  const work = useWork();
  const [catalogue, setCatalogue] = useState<readonly string[]>([]);
  const [adapters, setAdapters] = useState<ReadonlyMap<string, Classifier>>(new Map());
  useEffect(
    () =>
      proposing.start(async (leaving) => {
        setCatalogue(await listLabels(leaving));
        setAdapters(trainedOf(await serviceStatus(leaving)));
      }),
    [proposing],
  );

  const deployment = library.value?.deployment;
  const competing = labels.value;
  const chosen = adapter.value === undefined ? undefined : adapters.get(adapter.value);
  const fault = chosen
    ? images.value.length === 0
      ? WORDS.classify.noImages
      : undefined
    : faultOf(competing, template.value, images.value.length);
  const run = () => {
    outcomes.value = new Map();
    work.start(async (leaving) => {
      const share = chosen
        ? byAdapter(adapter.value!, chosen)
        : byVectors(competing, await embedTexts(textsOf(competing), deployment, leaving));
      for (const image of images.value) {
        const outcome = await classify(() => share(image, leaving));
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
        {adapters.size > 0 && (
          <label class="template">
            <span>{WORDS.classify.by}</span>
            <select
              value={chosen ? adapter.value : ""}
              onChange={({ currentTarget }) => {
                adapter.value = currentTarget.value || undefined;
                outcomes.value = new Map();
              }}
            >
              <option value="">{WORDS.classify.words}</option>
              {[...adapters.keys()].map((name) => (
                <option key={name} value={name}>
                  {WORDS.classify.adapter(name)}
                </option>
              ))}
            </select>
          </label>
        )}
        {chosen ? (
          <p class="hint">{WORDS.classify.calls}</p>
        ) : (
          <>
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
          </>
        )}
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

type ShareLabels = (image: ChosenImage, signal: AbortSignal) => Promise<readonly LabelShare[]>;

function byVectors(labels: readonly string[], texts: Vectors): ShareLabels {
  return async (image, signal) => {
    const { vectors } = await embedImage(image.base64, library.value?.deployment, signal);
    return shareLabels(labels, texts, vectors[0]);
  };
}

function byAdapter(deployment: string, { labels }: Classifier): ShareLabels {
  const thresholds = new Map(labels.map((one) => [one.label, one.thresholds]));
  return async (image, signal) => {
    const scores = await labelImage(image.base64, deployment, signal);
    return scores.map(({ label, score }) => {
      const own = thresholds.get(label);
      return { label, share: score, call: own ? callThreeWay(score, own) : undefined };
    });
  };
}

/** A bad image fails alone. @throws what stops the others, too */
async function classify(share: () => Promise<readonly LabelShare[]>): Promise<Outcome> {
  try {
    return { shares: await share() };
  } catch (error) {
    if (error instanceof CallFailed && error.status === 424) return { refused: error.message };
    throw error;
  }
}

function textsOf(labels: readonly string[]): string[] {
  return labels.map((label) => template.value.replaceAll(LABEL_PLACE, label));
}

/** The classifiers that were trained, by the names of their deployments. */
function trainedOf({ deployments }: ServiceStatus): ReadonlyMap<string, Classifier> {
  return new Map(
    deployments.flatMap(({ name, classifier }) =>
      classifier?.isTrained ? [[name, classifier] satisfies [string, Classifier]] : [],
    ),
  );
}
