import { useEffect, useMemo, useState } from "preact/hooks";
import { Gallery } from "../parts/gallery.tsx";
import { Progress } from "../parts/progress.tsx";
import type { Thresholds, Trained } from "../server/adapters.ts";
import { findRecords, type KnownRecord } from "../server/calls.ts";
import { goTo } from "../state/address.ts";
import { useWork } from "../state/work.ts";
import { WORDS } from "../words.ts";
import { confusionCells, threeWayCells } from "./count-cells.ts";
import { type CountCell, CountTable } from "./count-table.tsx";
import { judgeLabel } from "./judged-label.ts";
import { OperatingPoints } from "./operating-points.tsx";

/** Of a cell. */
const SHOWN = 48;
const CALLS = Object.values(WORDS.calls);

interface JudgementProps {
  readonly library: string;
  readonly trained: Trained;
  readonly thresholds: Thresholds;
  readonly onChange: (thresholds: Thresholds) => void;
}

/** How well the kept head answers, by which thresholds, and on which pictures it is wrong. */
export function Judgement({ library, trained, thresholds, onChange }: JudgementProps) {
  const words = WORDS.adapters;
  const { labels, rows, patients, notes } = trained;
  const [place, setPlace] = useState(0);
  const [cell, setCell] = useState<CountCell>();
  const [records, setRecords] = useState<readonly KnownRecord[]>([]);
  const choosing = useWork();
  const label = labels[place];
  const validation = useMemo(() => judgeLabel(trained.validation, place), [trained, place]);
  const test = useMemo(() => judgeLabel(trained.test, place), [trained, place]);
  const [measured, part] = rows.test > 0 ? [trained.test, words.testLine] : [trained.validation, words.validationLine];
  const confusion = useMemo(() => confusionCells(labels, measured), [labels, measured]);
  const own = thresholds[label];
  useEffect(() => setCell(undefined), [trained]);
  useEffect(() => {
    setRecords([]);
    if (!cell) return;
    choosing.start(async (signal) => {
      setRecords([...(await findRecords(library, cell.ids.slice(0, SHOWN), signal)).values()]);
    });
  }, [cell]);
  return (
    <>
      <p>{words.rows(rows, patients)}</p>
      {rows.test === 0 && <p class="hint">{words.noTest}</p>}
      {patients === 0 && <p class="hint">{words.noPatients}</p>}
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
      <section>
        <div class="heading">
          <h2>{words.points}</h2>
          <label class="inline">
            <span>{words.of}</span>
            <select value={place} onChange={({ currentTarget }) => setPlace(Number(currentTarget.value))}>
              {labels.map((name, i) => (
                <option key={name} value={i}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        {validation && own ? (
          <>
            <OperatingPoints
              validation={validation}
              test={test}
              thresholds={own}
              onChange={(changed) => onChange({ ...thresholds, [label]: changed })}
            />
            <CountTable
              title={words.threeWay(label, part)}
              truths={[label, words.others]}
              calls={CALLS}
              cells={threeWayCells({ label, place }, measured, own)}
              chosen={cell}
              onChoose={setCell}
            />
          </>
        ) : (
          <p class="hint">{words.noPoints}</p>
        )}
      </section>
      <section>
        <CountTable
          title={words.confusion(part)}
          truths={labels}
          calls={labels}
          cells={confusion}
          chosen={cell}
          onChoose={setCell}
        />
        <p class="hint">{words.confusionHint}</p>
        {cell && <h3 aria-live="polite">{words.chosen(cell.truth, cell.called, cell.ids.length)}</h3>}
        <Progress work={choosing} label={WORDS.search.working} />
        <Gallery records={records} onLike={(id) => goTo({ view: "search", like: id, text: undefined })} />
      </section>
    </>
  );
}
