import { pixel } from "./axes.ts";
import { figure } from "./figure.ts";
import { shortened, textWidth } from "./legend.ts";
import { type Markup, markup } from "./markup.ts";

export interface ConfusionPlot {
  readonly title: string;
  readonly labels: readonly string[];
  /** [true class][guessed class] */
  readonly counts: readonly (readonly number[])[];
}

/** All cells together, in pixels: fewer classes have larger cells, within reason. */
const GRID_PIXELS = 420;
const [LEAST_CELL, LARGEST_CELL] = [9, 62];
/** Below this no number can be read in a cell. */
const READABLE_CELL = 26;
/** Below this there is room for one number, not for two. */
const ROOMY_CELL = 40;
/** Darker than this, white writing is read better. */
const DARK_SHARE = 0.55;

/** Rows are truths, columns guesses; a cell has its count and, as its colour, the share of its row. */
export function confusionPlot({ title, labels, counts }: ConfusionPlot): Markup {
  const cell = Math.max(LEAST_CELL, Math.min(LARGEST_CELL, Math.floor(GRID_PIXELS / labels.length)));
  const names = labels.map((label) => shortened(label));
  const margin = Math.max(60, 12 + Math.max(...names.map(textWidth))) + 20;
  const side = cell * labels.length;
  const shares = counts.map((row) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (all === 0 ? 0 : count / all));
  });
  const cells = counts.flatMap((row, truth) =>
    row.map((count, guess) => {
      const [x, y] = [margin + guess * cell, margin + truth * cell];
      const share = shares[truth][guess];
      return markup`<rect class="strong" x="${x}" y="${y}" width="${cell}" height="${cell}" fill-opacity="${Math.round(share * 1e3) / 1e3}"><title>${labels[truth]} → ${labels[guess]}: ${count} (${percent(share)})</title></rect>${numbersIn(cell, x, y, count, share)}`;
    }),
  );
  const edges = Array.from({ length: labels.length + 1 }, (_, i) => margin + i * cell);
  const isNamed = cell >= 11;
  const middle = margin + side / 2;
  return figure({
    title,
    description: `Confusion matrix of ${labels.length} classes. Each row is a true class, each column a guessed one; the darker a cell, the larger its share of the row.`,
    width: margin + side + 12,
    height: margin + side + 12,
    drawing: markup`${cells}
<path class="grid" d="${edges.map((edge) => `M${margin} ${edge}H${margin + side}M${edge} ${margin}V${margin + side}`).join("")}"/>
${isNamed && names.map((name, i) => nameOf(name, margin, cell, i))}
<text class="quiet" x="${middle}" y="12" text-anchor="middle">guess</text>
<text class="quiet" x="12" y="${middle}" text-anchor="middle" transform="rotate(-90 12 ${middle})">truth</text>`,
    numbers: {
      head: ["truth \\ guess", ...labels],
      rows: labels.map((label, truth) => [
        label,
        ...counts[truth].map((count, guess) => `${count} (${percent(shares[truth][guess])})`),
      ]),
    },
  });
}

function numbersIn(cell: number, x: number, y: number, count: number, share: number): Markup | undefined {
  if (cell < READABLE_CELL) return undefined;
  const middle = pixel(x + cell / 2);
  const colour = share > DARK_SHARE ? "on-strong" : "";
  const line = (text: string, down: number) =>
    markup`<text class="${colour}" x="${middle}" y="${pixel(y + cell / 2 + down)}" text-anchor="middle">${text}</text>`;
  return cell < ROOMY_CELL ? line(String(count), 4) : markup`${line(String(count), -3)}${line(percent(share), 13)}`;
}

function nameOf(name: string, margin: number, cell: number, i: number): Markup {
  const middle = pixel(margin + (i + 0.5) * cell);
  return markup`<text x="${margin - 6}" y="${middle + 4}" text-anchor="end">${name}</text><text x="${middle + 4}" y="${margin - 6}" transform="rotate(-90 ${middle + 4} ${margin - 6})">${name}</text>`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
