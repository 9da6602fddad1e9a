import { useEffect, useMemo, useState } from "preact/hooks";
import { CopyLink } from "../parts/copy-link.tsx";
import { Gallery, type ShownRecord } from "../parts/gallery.tsx";
import { LabelForm } from "../parts/label-form.tsx";
import { Progress } from "../parts/progress.tsx";
import { nameOf, unknownRecord } from "../parts/record-words.ts";
import { findRecords, type KnownRecord } from "../server/calls.ts";
import { ALPHA, type Judged, type Reference } from "../server/outliers.ts";
import { address, goTo, showLike } from "../state/address.ts";
import { library } from "../state/libraries.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { countScores } from "./bins.ts";
import { JudgedPictures } from "./judged-pictures.tsx";
import { ScoreHistogram } from "./score-histogram.tsx";

/** Pictures that are shown at first, and with each "more". */
const SHOWN = 48;

/** What has been compared so far. */
export interface Found {
  readonly reference: Reference;
  /** The most unusual first; at least one. */
  readonly judged: readonly Judged[];
}

interface VerdictProps {
  readonly found: Found;
  /** The library has changed. */
  readonly onChange: () => void;
}

/** The scores, a line through them, and what lies on which side of it. */
export function Verdict({ found: { reference, judged }, onChange }: VerdictProps) {
  const { name, writable } = library.value!;
  const looking = useWork();
  const [moved, setMoved] = useState<number>();
  const [shown, setShown] = useState(SHOWN);
  const [known, setKnown] = useState<ReadonlyMap<string, KnownRecord>>(new Map());
  const first = useMemo(() => judged.slice(0, shown), [judged, shown]);
  const bins = useMemo(
    () =>
      countScores(
        judged.map(({ score }) => score),
        reference.scores,
      ),
    [judged, reference],
  );
  useEffect(() => {
    const ids = first.map(({ id }) => id);
    looking.start(async (signal) => setKnown(await findRecords(name, ids, signal)));
  }, [name, first]);

  const threshold = moved ?? chosenThreshold(address.value.threshold, reference);
  const above = judged.filter(({ score }) => score > threshold);
  const below = judged.length - above.length;
  const ofReference = reference.scores.filter((score) => score > threshold).length;
  const words = WORDS.outliers;
  return (
    <section class="found">
      <div class="heading">
        <h2>{words.against(reference.records, reference.groups)}</h2>
        <CopyLink />
      </div>
      <p class="hint">
        {reference.threshold === null && `${words.tooFew(ALPHA)} `}
        {words.smallest(reference.smallestAlpha)}
      </p>
      <ScoreHistogram
        bins={bins}
        threshold={threshold}
        counts={words.at(threshold.toPrecision(4), above.length, below)}
        onMove={setMoved}
        onRest={(value) => {
          setMoved(undefined);
          goTo({ threshold: String(value) }, { replaces: true });
        }}
      />
      <div class="sides" role="status">
        <strong>{words.below(below)}</strong>
        <strong>{words.above(above.length)}</strong>
        <span class="hint">{words.ofReference(ofReference, reference.records)}</span>
      </div>
      {writable && above.length > 0 && <LabelForm library={name} ids={above.map(({ id }) => id)} onDone={onChange} />}
      <JudgedPictures key={`${address.value.reference} ${address.value.method}`} threshold={threshold} />
      <Progress work={looking} label={WORDS.search.working} />
      <h2>{words.sorted(first.length, judged.length)}</h2>
      <Gallery
        records={first.map((one) => cardOf(one, known.get(one.id), one.score > threshold))}
        scoreName={words.score}
        onLike={showLike}
      />
      {first.length < judged.length && (
        <button type="button" onClick={() => setShown(shown + SHOWN)}>
          {WORDS.search.more}
        </button>
      )}
    </section>
  );
}

/** The one of the link, else that of the server, else the highest at which no reference lies above. */
function chosenThreshold(linked: string | undefined, reference: Reference): number {
  const given = linked ? Number(linked) : Number.NaN;
  if (Number.isFinite(given)) return given;
  return reference.threshold ?? reference.scores.at(-1) ?? 0;
}

function cardOf(
  { id, source, score, p, nearest }: Judged,
  known: KnownRecord | undefined,
  isAbove: boolean,
): ShownRecord {
  const beside = { id: nearest.id, caption: WORDS.outliers.nearest(nameOf(nearest)) };
  return { ...(known ?? unknownRecord(id, source)), score, note: WORDS.outliers.p(p), isMarked: isAbove, beside };
}
