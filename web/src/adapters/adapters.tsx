import { batch, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { NoLibrary } from "../parts/no-library.tsx";
import { Progress } from "../parts/progress.tsx";
import {
  type LabelCount,
  labelCounts,
  type Thresholds,
  type Trained,
  type TrainingProgress,
  type TrainingRequest,
  train,
} from "../server/adapters.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { Judgement } from "./judgement.tsx";
import { Serving } from "./serving.tsx";
import { TrainingForm } from "./training-form.tsx";
import { TrainingCurves } from "./training-progress.tsx";

/** More values than that are no classes: the server takes no more. */
const MAX_VALUES = 50;

/** They stay when another view is looked at in between. */
const request = signal<TrainingRequest | undefined>(undefined);
const told = signal<readonly TrainingProgress[]>([]);
const trained = signal<Trained | undefined>(undefined);
const thresholds = signal<Thresholds>({});
const trainedOn = signal("");

/** Trains classifiers on the labels of a library, shows how well they answer, and serves them. */
export function Adapters() {
  const shelf = library.value;
  const asking = useWork();
  const work = useWork();
  const [labels, setLabels] = useState<readonly LabelCount[]>();
  const name = shelf?.name;
  useEffect(() => {
    if (name === undefined) return;
    if (name !== trainedOn.value) forget(name);
    asking.start(async (signal) => {
      const all = await labelCounts(name, signal);
      setLabels(all.filter(({ different }) => different >= 2 && different <= MAX_VALUES));
    });
  }, [name]);
  if (!shelf) return <NoLibrary />;

  const words = WORDS.adapters;
  const start = (asked: TrainingRequest) => {
    forget(shelf.name);
    request.value = asked;
    work.start(async (signal) => {
      const outcome = await train(
        shelf.name,
        asked,
        (progress) => {
          told.value = [...told.value, progress];
        },
        signal,
      );
      batch(() => {
        trained.value = outcome;
        thresholds.value = thresholdsOf(outcome);
      });
    });
  };
  const heads = request.value?.heads ?? [];
  const done = told.value.filter(({ kind }) => kind === "head").length;
  const last = told.value.at(-1);
  const within = last?.kind === "epoch" ? last.number / last.of : 0;
  const current = heads[Math.min(done, heads.length - 1)];
  return (
    <div class="adapters">
      <h1 class="unseen">{WORDS.views.adapters}</h1>
      <aside>
        <Progress work={asking} label={words.labels} />
        {labels?.length === 0 && <p>{words.none}</p>}
        {labels && labels.length > 0 && <TrainingForm key={shelf.name} labels={labels} onTrain={start} />}
        <Serving
          library={shelf}
          trained={trained.value}
          thresholds={thresholds.value}
          name={request.value?.label ?? ""}
        />
      </aside>
      <div class="outcome">
        <Progress
          work={work}
          label={words.working(current ? words.headNames[current] : "")}
          share={told.value.length === 0 ? undefined : (done + within) / heads.length}
        />
        {told.value.length === 0 && !trained.value && work.state.value === "idle" && <p class="hint">{words.invite}</p>}
        <TrainingCurves told={told.value} kept={trained.value?.kept} />
        {trained.value && (
          <Judgement
            library={shelf.name}
            trained={trained.value}
            thresholds={thresholds.value}
            onChange={(changed) => {
              thresholds.value = changed;
            }}
          />
        )}
      </div>
    </div>
  );
}

function forget(name: string): void {
  batch(() => {
    trainedOn.value = name;
    request.value = undefined;
    told.value = [];
    trained.value = undefined;
    thresholds.value = {};
  });
}

function thresholdsOf({ labels, thresholds }: Trained): Thresholds {
  return Object.fromEntries(labels.flatMap((label, i) => (thresholds[i] ? [[label, thresholds[i]]] : [])));
}
