import { isNeverPossible } from "../../../src/applications/operating-points/three-way-call.ts";
import { figuresAt } from "../../../src/applications/operating-points/thresholds.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { TableHead } from "../parts/table-head.tsx";
import type { Thresholds } from "../server/adapters.ts";
import { WORDS } from "../words.ts";
import { CurvePlot } from "./curve-plot.tsx";
import { type JudgedLabel, nearestCut } from "./judged-label.ts";

const POINTS = ["ruleIn", "ruleOut"] as const;
type PointName = (typeof POINTS)[number];

interface OperatingPointsProps {
  /** On whose rows the points are chosen. */
  readonly validation: JudgedLabel;
  /** On whose they are measured; undefined where they do not show the label, or there are none. */
  readonly test: JudgedLabel | undefined;
  readonly thresholds: Thresholds[string];
  readonly onChange: (thresholds: Thresholds[string]) => void;
}

/** The curves of one label, and the two thresholds between which it is left open. */
export function OperatingPoints({ validation, test, thresholds, onChange }: OperatingPointsProps) {
  const words = WORDS.adapters;
  const cuts = {
    ruleIn: nearestCut(validation.thresholds, thresholds.ruleIn),
    ruleOut: nearestCut(validation.thresholds, thresholds.ruleOut),
  };
  const move = (name: string, cut: number) => onChange({ ...thresholds, [name]: validation.thresholds[cut] });
  const parts = [
    [words.validationLine, validation],
    [words.testLine, test],
  ] as const;
  return (
    <>
      <div class="plots">
        <CurvePlot
          title={words.roc}
          axes={words.rocAxes}
          points={validation.roc}
          others={test?.roc ?? []}
          isFromOrigin
          marks={cuts}
          onMove={move}
        />
        <CurvePlot
          title={words.pr}
          axes={words.prAxes}
          points={validation.precisionRecall}
          others={test?.precisionRecall ?? []}
          isFromOrigin={false}
          marks={cuts}
          onMove={move}
        />
        <div class="sliders">
          {POINTS.map((name) => (
            <label key={name}>
              <span>
                <span class={`key-mark ${name}`} /> {words[name]} <strong>{digits(thresholds[name])}</strong>
              </span>
              <input
                type="range"
                min={0}
                max={validation.thresholds.length - 1}
                value={cuts[name]}
                aria-valuetext={told(validation, thresholds[name])}
                onInput={({ currentTarget }) => move(name, Number(currentTarget.value))}
              />
            </label>
          ))}
          <p class="lines">
            <span class="line-main" /> {words.validationLine} <span class="line-other" /> {words.testLine}
          </p>
          {isNeverPossible(thresholds) && <p class="hint">{words.neverOpen}</p>}
        </div>
      </div>
      <Scrolled class="wide" label={words.points}>
        <table class="facts">
          <TableHead titles={Object.values(words.pointColumns)} />
          <tbody>
            {POINTS.flatMap((name) => parts.map(([part, judged]) => rowOf(name, part, judged, thresholds[name])))}
          </tbody>
        </table>
      </Scrolled>
    </>
  );
}

function rowOf(name: PointName, part: string, judged: JudgedLabel | undefined, threshold: number) {
  if (!judged) return null;
  const { sensitivity, specificity, positivePredictiveValue, negativePredictiveValue } = figuresAt(
    threshold,
    judged.cuts,
  );
  return (
    <tr key={name + part}>
      <th scope="row">{`${WORDS.adapters[name]} ${digits(threshold)}`}</th>
      <td>{part}</td>
      {[sensitivity, specificity, positivePredictiveValue, negativePredictiveValue].map((figure, i) => (
        <td key={Object.keys(WORDS.adapters.pointColumns)[i + 2]}>{digits(figure)}</td>
      ))}
    </tr>
  );
}

function told({ cuts }: JudgedLabel, threshold: number): string {
  const { sensitivity, specificity } = figuresAt(threshold, cuts);
  return WORDS.adapters.atPoint(digits(threshold), digits(sensitivity), digits(specificity));
}

function digits(value: number): string {
  return Number.isNaN(value) ? WORDS.chart.nothing : value.toFixed(3);
}
