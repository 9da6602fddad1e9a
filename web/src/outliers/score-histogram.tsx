import { WORDS } from "../words.ts";
import type { Bins } from "./bins.ts";

const HEIGHT = 100;

interface ScoreHistogramProps {
  readonly bins: Bins;
  readonly threshold: number;
  /** What the line divides, in words. */
  readonly counts: string;
  /** While the line moves. */
  readonly onMove: (threshold: number) => void;
  /** When it stands again. */
  readonly onRest: (threshold: number) => void;
}

/** How often which scores are, those judged above those of the references; the whole of it is a slider. */
export function ScoreHistogram({ bins, threshold, counts, onMove, onRest }: ScoreHistogramProps) {
  const { low, high, judged, reference } = bins;
  const { barsJudged, barsReference, keys } = WORDS.outliers;
  return (
    <figure class="histogram">
      <figcaption>
        <span class="swatch judged">{barsJudged}</span>
        <span class="swatch reference">{barsReference}</span>
        <span class="hint">{keys}</span>
      </figcaption>
      <div class="bars-and-line">
        <svg viewBox={`0 0 ${judged.length} ${2 * HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <Bars counts={judged} class="judged" base={HEIGHT} isUp />
          <Bars counts={reference} class="reference" base={HEIGHT} isUp={false} />
        </svg>
        <input
          type="range"
          min={low}
          max={high}
          step="any"
          value={threshold}
          aria-label={WORDS.outliers.threshold}
          aria-valuetext={counts}
          onInput={({ currentTarget }) => onMove(Number(currentTarget.value))}
          onChange={({ currentTarget }) => onRest(Number(currentTarget.value))}
        />
      </div>
      <div class="ends">
        <span>{low.toPrecision(3)}</span>
        <span>{high.toPrecision(3)}</span>
      </div>
    </figure>
  );
}

interface BarsProps {
  readonly counts: readonly number[];
  readonly class: string;
  readonly base: number;
  readonly isUp: boolean;
}

function Bars({ counts, class: kind, base, isUp }: BarsProps) {
  const highest = Math.max(1, ...counts);
  return (
    <g class={kind}>
      {counts.map((count, i) => {
        const height = (HEIGHT * count) / highest;
        return <rect key={i} x={i + 0.08} width={0.84} y={isUp ? base - height : base} height={height} />;
      })}
    </g>
  );
}
