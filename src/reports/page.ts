import { type Markup, markup } from "./markup.ts";
import { STYLE } from "./style.ts";

/** A part of a page under a heading of its own. */
export interface Section {
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly about?: string | undefined;
  /** Figures, tables, galleries. */
  readonly parts: readonly Markup[];
}

export interface Page {
  readonly title: string;
  /** What was measured, on what, by which model: a paragraph each. */
  readonly about: readonly string[];
  readonly sections: readonly Section[];
}

/** Nothing is loaded from elsewhere, and no script runs: a page may hold pictures of patients. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** An HTML page in one file that needs nothing else: light or dark as the reader likes it, black on white on paper. */
export function reportPage({ title, about, sections }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
${markup`<title>${title}</title>`}
<style>${STYLE}</style>
</head>
<body>
<main>
${markup`<header><h1>${title}</h1>${about.map((text) => markup`<p>${text}</p>\n`)}</header>`}
${markup`${sections.map(sectionOf)}`}
</main>
<footer>Made by medembed. Research use only.</footer>
</body>
</html>
`;
}

function sectionOf({ title, about, parts }: Section): Markup {
  return markup`<section><h2>${title}</h2>${about === undefined ? "" : markup`<p>${about}</p>`}
<div class="parts">${parts.map((part) => markup`${part}\n`)}</div></section>
`;
}
