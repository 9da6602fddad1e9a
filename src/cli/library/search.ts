import { parseVolumeSettings, splitVolumeProfile } from "../../applications/volumes/volume-profile.ts";
import { Embedder } from "../../embedder.ts";
import { MedembedError } from "../../errors.ts";
import type { Condition } from "../../library/filter.ts";
import { type GallerySpace, galleryPage } from "../../library/gallery.ts";
import { type GroupedMatch, searchGroups } from "../../library/group-duplicates.ts";
import { Library, type SearchOptions } from "../../library/library.ts";
import { type LibraryHead, requireIdentities, requireSpace, spaceOf } from "../../library/vector-space.ts";
import { jsonLines } from "../../vector-files/json-lines.ts";
import type { Run } from "../flags.ts";
import { modelOptions, text, wholeNumber } from "../options.ts";
import { openIdentify } from "./identities.ts";
import { libraryUri, whereFilter } from "./library-options.ts";
import { lookOf } from "./look-of.ts";
import { neighbourTable } from "./neighbour-table.ts";
import { factsOf, galleryQuery, openQuery, type Query } from "./query.ts";
import { showPage } from "./show-page.ts";
import { sourceEmbedder } from "./source-embedder.ts";

const MAX_TOP = 1_000;
/** One search reads all vectors once; to hold more of them than these is dearer than to let the disk be searched. */
const MEMORY_BYTES = 128 * 2 ** 20;

export const search: Run = async (_, options) => {
  const uri = libraryUri(options);
  const likeness = likenessOf(options);
  const count = wholeNumber(options, "top", 1, MAX_TOP) ?? 10;
  const conditions = whereFilter(options);
  const query = await openQuery(text(options, "image"), text(options, "text"));
  const library = await Library.open({ uri, memoryBytes: MEMORY_BYTES });
  try {
    const where = [...conditions, ...(await otherPatients(query, library, options))];
    const vector = await embedQuery(query, library, options);
    const matches = await findMatches(library, vector, likeness, { where, count, isExact: options.exact === true });
    if (options.json) await printJson(matches);
    else process.stdout.write(neighbourTable(matches));
    const gallery = text(options, "gallery");
    if (options.open || gallery !== undefined) {
      const page = await galleryPage(await galleryQuery(query), matches, galleryOf(library.head));
      console.error(`gallery: ${await showPage(page, gallery, options.open === true)}`);
    }
    return 0;
  } finally {
    await library.close();
  }
};

/** The condition of --exclude-same-patient. @throws MedembedError "usage" where nobody knows who that is, "wrong-space" for another key */
async function otherPatients(
  query: Query,
  library: Library,
  options: Readonly<Record<string, unknown>>,
): Promise<Condition[]> {
  if (!options.excludeSamePatient) return [];
  const identify = await openIdentify(options);
  requireIdentities(library.head, identify);
  const { patient } = await factsOf(query, identify);
  if (patient === undefined) {
    throw new MedembedError("usage", "--exclude-same-patient needs an --image whose header names the patient");
  }
  return [{ field: "patient", operator: "!=", values: [patient] }];
}

/** Under the profile of the library; whether the model is its model is seen before anything is computed. */
async function embedQuery(
  query: Query,
  library: Library,
  options: Readonly<Record<string, unknown>>,
): Promise<Float32Array> {
  const { profile, settings } = splitVolumeProfile(library.head.profile);
  const embedder = await Embedder.open({ ...modelOptions(options), profile });
  try {
    const source = sourceEmbedder(embedder, parseVolumeSettings(settings));
    requireSpace(library.head, spaceOf(source));
    if ("text" in query) return await embedder.embedText(query.text);
    return (await source.embed("bytes" in query ? query.bytes : query.series)).vector;
  } finally {
    await embedder.close();
  }
}

/** How the pictures of a page become pictures. */
function galleryOf({ model, profile }: LibraryHead): GallerySpace {
  return { model, profile, ...lookOf(profile) };
}

async function findMatches(
  library: Library,
  vector: Float32Array,
  likeness: number | undefined,
  options: SearchOptions,
): Promise<GroupedMatch[]> {
  if (likeness !== undefined) return searchGroups(library, vector, likeness, options);
  return (await library.search(vector, options)).map((match) => ({ ...match, duplicates: [] }));
}

async function printJson(matches: readonly GroupedMatch[]): Promise<void> {
  const lines = jsonLines(process.stdout);
  for (const [i, { score, record, duplicates }] of matches.entries()) {
    const { vector, listing, ...known } = record; // neither tells people anything
    const copies = duplicates.map((match) => ({
      score: match.score,
      id: match.record.id,
      source: match.record.source,
    }));
    await lines.write({ rank: i + 1, score, ...known, duplicates: copies });
  }
}

function likenessOf(options: Readonly<Record<string, unknown>>): number | undefined {
  const given = text(options, "group");
  if (given === undefined) return undefined;
  const likeness = Number(given);
  if (!(likeness > 0 && likeness <= 1))
    throw new MedembedError("usage", `--group ${given} must be a cosine above 0, at most 1`);
  return likeness;
}
