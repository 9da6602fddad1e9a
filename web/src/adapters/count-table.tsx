import { Scrolled } from "../parts/scrolled.tsx";
import { WORDS } from "../words.ts";

/** Shades of a cell: more of them are not told apart. */
const SHADES = 4;

/** Rows of one kind of truth that were taken for one thing. */
export interface CountCell {
  readonly truth: string;
  readonly called: string;
  /** Of the records. */
  readonly ids: readonly string[];
}

interface CountTableProps {
  readonly title: string;
  readonly truths: readonly string[];
  readonly calls: readonly string[];
  /** [truths][calls] */
  readonly cells: readonly (readonly CountCell[])[];
  readonly chosen: CountCell | undefined;
  readonly onChoose: (cell: CountCell) => void;
}

/** How many of each kind were taken for what; a cell that is chosen shows its pictures. */
export function CountTable({ title, truths, calls, cells, chosen, onChoose }: CountTableProps) {
  return (
    <Scrolled class="wide" label={title}>
      <table class="counts">
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {calls.map((call) => (
              <th key={call} scope="col">
                {call}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {truths.map((truth, row) => (
            <tr key={truth}>
              <th scope="row">{truth}</th>
              {cells[row].map((cell) => {
                const all = cells[row].reduce((sum, { ids }) => sum + ids.length, 0);
                const shade = all === 0 ? 0 : Math.ceil((SHADES * cell.ids.length) / all);
                const isChosen = chosen?.truth === cell.truth && chosen.called === cell.called;
                return (
                  <td key={cell.called} class={`shade-${shade}`}>
                    <button
                      type="button"
                      aria-label={WORDS.adapters.cell(cell.truth, cell.called, cell.ids.length)}
                      aria-pressed={isChosen}
                      disabled={cell.ids.length === 0}
                      onClick={() => onChoose(cell)}
                    >
                      {cell.ids.length}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
