import { type Content, type Markup, markup } from "./markup.ts";
import { type Table, table } from "./table.ts";

export interface Figure {
  readonly title: string;
  /** What is to be seen, for those who do not see it: axes and what the marks are. */
  readonly description: string;
  /** In pixels, as wide as it is shown where there is room. */
  readonly width: number;
  readonly height: number;
  /** SVG. */
  readonly drawing: Content;
  /** The same in numbers. */
  readonly numbers: Omit<Table, "caption">;
}

/** A plot with a title, a description that screen readers read, and its numbers in a table to open. */
export function figure({ title, description, width, height, drawing, numbers }: Figure): Markup {
  return markup`<figure><figcaption>${title}</figcaption>
<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${title}</title><desc>${description}</desc>
${drawing}
</svg>
<details><summary>Numbers</summary>${table(numbers)}</details></figure>`;
}
