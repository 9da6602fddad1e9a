import { readFile } from "node:fs/promises";
import { MedembedError } from "../errors.ts";
import { type GalleryItem, gallery, type Picture, pictureOf } from "../reports/gallery.ts";
import { markup } from "../reports/markup.ts";
import { reportPage } from "../reports/page.ts";
import type { GroupedMatch } from "./group-duplicates.ts";
import { DICOMWEB_SOURCE } from "./record.ts";
import type { Look } from "./show-picture.ts";
import { thumbnailOf } from "./thumbnail.ts";

/** What was searched for; of a series the file and the frame of its middle slice. */
export type GalleryQuery =
  | { readonly text: string }
  | { readonly name: string; readonly bytes: Uint8Array; readonly frame?: number | undefined };

/** What the vectors have in common, and how what they are of is shown. */
export interface GallerySpace extends Look {
  readonly model: string;
  readonly profile: string;
}

/** A page with the pictures of the matches and what is known of them, in one file that needs nothing else. */
export async function galleryPage(
  query: GalleryQuery,
  matches: readonly GroupedMatch[],
  space: GallerySpace,
): Promise<string> {
  const items: GalleryItem[] = [];
  for (const [i, match] of matches.entries()) items.push(await matchItem(match, i + 1, space)); // one picture in memory at a time
  const asked =
    "text" in query
      ? markup`<p>“${query.text}”</p>`
      : markup`<div class="query">${pictureOf(await pictureFrom(query.name, async () => query.bytes, space, query.frame))}<p>${query.name}</p></div>`;
  return reportPage({
    title: "Nearest pictures",
    about: [`${space.model}, profile ${space.profile}`],
    sections: [
      { title: "Looked for", parts: [asked] },
      { title: "Found", parts: [gallery(items)] },
    ],
  });
}

async function matchItem({ score, record, duplicates }: GroupedMatch, rank: number, look: Look): Promise<GalleryItem> {
  const { source, slices, listing, frame = 1, facts, labels } = record;
  const item: GalleryItem = {
    picture: await pictureFrom(source, () => readFile(source), look, listing === undefined ? undefined : frame),
    heading: String(rank),
    note: score.toFixed(4),
    known: { path: source, ...(slices !== undefined && { slices }), ...facts, ...labels },
  };
  if (duplicates.length === 0) return item;
  const title = duplicates.length === 1 ? "1 near duplicate" : `${duplicates.length} near duplicates`;
  const lines = duplicates.map((match) => `${match.score.toFixed(4)} ${match.record.source}`);
  return { ...item, more: { title, lines } };
}

/** The picture, or why it cannot be shown. @param source what it is called */
export async function pictureFrom(
  source: string,
  read: () => Promise<Uint8Array>,
  look: Look,
  frame?: number,
): Promise<Picture> {
  try {
    const bytes = await read().catch(() => {
      const isRemote = source.startsWith(DICOMWEB_SOURCE);
      throw new MedembedError("not-found", isRemote ? "it lies on a DICOMweb server" : "the file is gone");
    });
    const jpeg = await thumbnailOf(bytes, look, frame);
    return { url: `data:image/jpeg;base64,${jpeg.toString("base64")}`, alt: source };
  } catch (error) {
    if (!(error instanceof MedembedError)) throw error;
    return { missing: error.message };
  }
}
