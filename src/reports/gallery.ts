import { type Markup, markup } from "./markup.ts";

/** A picture as a data: URL, or why there is none. */
export type Picture = { readonly url: string; readonly alt: string } | { readonly missing: string };

export interface GalleryItem {
  readonly picture: Picture;
  /** Before all else, e.g. a rank. */
  readonly heading?: string;
  /** Beside the heading, e.g. a score. */
  readonly note?: string;
  /** Prediction, truth, score, neighbours, …: names and values. */
  readonly known: Readonly<Record<string, string | number | boolean>>;
  /** Shares from 0 to 1, e.g. probabilities: names and values with bars. */
  readonly scores?: Readonly<Record<string, number>>;
  /** What is shown on demand. */
  readonly more?: { readonly title: string; readonly lines: readonly string[] };
}

/** Pictures with what is known of them, in a grid. */
export function gallery(items: readonly GalleryItem[]): Markup {
  return markup`<ol class="gallery">${items.map(galleryItem)}</ol>`;
}

function galleryItem({ picture, heading, note, known, scores, more }: GalleryItem): Markup {
  return markup`<li>${pictureOf(picture)}<div class="about">${(heading ?? note) !== undefined && markup`<p>${heading !== undefined && markup`<b>${heading}</b>`}${heading !== undefined && note !== undefined && " · "}${note}</p>`}
<dl>${Object.entries(known).map(([name, value]) => markup`<dt>${name}</dt><dd>${String(value)}</dd>`)}</dl>
${scores && markup`<dl class="scores">${Object.entries(scores).map(([name, value]) => markup`<dt>${name} <span>${value.toFixed(3)}</span></dt><dd><meter value="${value}"></meter></dd>`)}</dl>`}
${more && markup`<details><summary>${more.title}</summary>${more.lines.map((line) => markup`<p>${line}</p>`)}</details>`}</div></li>
`;
}

/** A picture that fills its place, or why there is none. */
export function pictureOf(picture: Picture): Markup {
  if ("missing" in picture) return markup`<div class="picture gone">${picture.missing}</div>`;
  if (!picture.url.startsWith("data:image/")) throw new Error("a picture of a report is a data: URL");
  return markup`<img class="picture" alt="${picture.alt}" src="${picture.url}">`;
}
