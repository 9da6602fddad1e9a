import { LineChart } from "../parts/line-chart.tsx";
import { Scrolled } from "../parts/scrolled.tsx";
import type { TrainedHead, TrainingProgress } from "../server/adapters.ts";
import { WORDS } from "../words.ts";

type FigureName = keyof typeof WORDS.adapters.figureNames;
const FIGURES = Object.keys(WORDS.adapters.figureNames) as FigureName[];

interface TrainingProgressProps {
  readonly told: readonly TrainingProgress[];
  /** Undefined until all are trained. */
  readonly kept: TrainedHead | undefined;
}

/** How training goes: curves of the heads that are trained in epochs, and the figures of those that are done. */
export function TrainingCurves({ told, kept }: TrainingProgressProps) {
  const words = WORDS.adapters;
  const epochs = told.filter((one) => one.kind === "epoch");
  const done = told.filter((one) => one.kind === "head");
  return (
    <>
      {[...new Set(epochs.map(({ head }) => head))].map((head) => {
        const own = epochs.filter((epoch) => epoch.head === head);
        return (
          <section key={head}>
            <h2>{words.curves(words.headNames[head])}</h2>
            <div class="charts">
              <LineChart title={words.loss} unit="" lines={[own.map(({ loss }) => loss)]} />
              <LineChart title={words.validationArea} unit="" most={1} lines={[own.map(({ area }) => area)]} />
            </div>
          </section>
        );
      })}
      {done.length > 0 && (
        <Scrolled class="wide" label={words.figures}>
          <table class="facts">
            <caption>{words.figures}</caption>
            <thead>
              <tr>
                <th scope="col">{words.head}</th>
                {FIGURES.map((figure) => (
                  <th key={figure} scope="col">
                    {words.figureNames[figure]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {done.map(({ head, figures }) => (
                <tr key={head}>
                  <th scope="row">{head === kept ? words.kept(words.headNames[head]) : words.headNames[head]}</th>
                  {FIGURES.map((figure) => (
                    <td key={figure}>{interval(figures[figure])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </>
  );
}

/** Null is what JSON makes of a figure that there is not. */
function interval({ value, low, high }: Readonly<Record<"value" | "low" | "high", number | null>>): string {
  const [told, from, to] = [value, low, high].map((one) => one?.toFixed(3) ?? WORDS.chart.nothing);
  return WORDS.adapters.interval(told, from, to);
}
