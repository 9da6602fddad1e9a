import { type Content, type Markup, markup } from "./markup.ts";

export interface Table {
  readonly caption?: string | undefined;
  readonly head: readonly string[];
  /** Cells; the first of each is the row's name. */
  readonly rows: readonly (readonly Content[])[];
}

/** A table: the first column names its rows, the others are set as numbers. */
export function table({ caption, head, rows }: Table): Markup {
  return markup`<div class="scroll"><table>${caption === undefined ? "" : markup`<caption>${caption}</caption>`}
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
