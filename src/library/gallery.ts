import { readFile } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { parseProfile } from "../profiles/profiles.ts";
import type { VectorSpace } from "../vector-space.ts";
import type { GroupedMatch } from "./group-duplicates.ts";
import type { LibraryRecord } from "./record.ts";
import { thumbnailOf } from "./thumbnail.ts";

/** What was searched for. */
export type GalleryQuery = { readonly image: string; readonly bytes: Uint8Array } | { readonly text: string };

/** Nothing is loaded from elsewhere, and no script runs: the page holds pictures of patients. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif }
body { margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem }
h1 { font-size: 1.3rem } h1 + p { color: GrayText }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; list-style: none; padding: 0 }
li { border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); border-radius: .5rem; overflow: hidden }
img, .gone { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; color: #aaa }
.gone { display: grid; place-content: center; text-align: center }
.query { max-width: 20rem; border-radius: .5rem }
.about { padding: .6rem .8rem; overflow-wrap: anywhere } .about p { margin: 0 0 .4rem } b { font-size: 1.1rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: 0; font-size: .85rem }
dt { color: GrayText } dd { margin: 0 } details { font-size: .85rem; margin-top: .4rem }
`;

/** A page with the pictures of the matches and what is known of them, in one file that needs nothing else. */
export async function galleryPage(
  query: GalleryQuery,
  matches: readonly GroupedMatch[],
  space: VectorSpace,
): Promise<string> {
  const items: string[] = [];
  for (const [i, match] of matches.entries()) items.push(await matchItem(match, i + 1, space)); // one picture in memory at a time
  const asked =
    "text" in query
      ? `<p>“${escapeHtml(query.text)}”</p>`
      : `<p>${await pictureOf(query.image, async () => query.bytes, space, "query")}</p><p>${escapeHtml(query.image)}</p>`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>Nearest pictures</title><style>${STYLE}</style></head><body>`,
    `<h1>Nearest pictures</h1><p>${escapeHtml(`${space.model}, profile ${space.profile}. Research use only.`)}</p>`,
    asked,
    `<ol>${items.join("\n")}</ol>`,
    "</body></html>\n",
  ].join("\n");
}

async function matchItem(
  { score, record, duplicates }: GroupedMatch,
  rank: number,
  space: VectorSpace,
): Promise<string> {
  const more = duplicates.map((match) => `<br>${match.score.toFixed(4)} ${escapeHtml(match.record.source)}`).join("");
  const copies = duplicates.length === 1 ? "1 near duplicate" : `${duplicates.length} near duplicates`;
  return [
    `<li>${await pictureOf(record.source, () => readFile(record.source), space)}`,
    `<div class="about"><p><b>${rank}</b> · ${score.toFixed(4)}</p>`,
    `<dl>${knownOf(record)}</dl>`,
    duplicates.length > 0 ? `<details><summary>${copies}</summary>${more}</details>` : "",
    "</div></li>",
  ].join("");
}

function knownOf({ source, facts, labels }: LibraryRecord): string {
  return Object.entries({ path: source, ...facts, ...labels })
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value))}</dd>`)
    .join("");
}

/** The picture, or why it cannot be shown. */
async function pictureOf(
  source: string,
  read: () => Promise<Uint8Array>,
  { profile }: VectorSpace,
  className?: string,
): Promise<string> {
  try {
    const bytes = await read().catch(() => {
      throw new MedembedError("not-found", "the file is gone");
    });
    const jpeg = await thumbnailOf(bytes, parseProfile(profile));
    const style = className ? ` class="${className}"` : "";
    return `<img${style} alt="${escapeHtml(source)}" src="data:image/jpeg;base64,${jpeg.toString("base64")}">`;
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    return `<div class="gone">${escapeHtml(error.message)}</div>`;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]);
}
