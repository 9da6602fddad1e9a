import { openAdapter } from "../../applications/adapters/adapter-files.ts";
import { evaluateRetrieval } from "../../applications/retrieval/evaluate-retrieval.ts";
import {
  type FoundItems,
  type RankOptions,
  type RetrievalItems,
  rankGallery,
} from "../../applications/retrieval/rank-gallery.ts";
import {
  type RetrievalReports,
  retrievalRecords,
  retrievalSections,
} from "../../applications/retrieval/retrieval-sections.ts";
import { MedembedError } from "../../errors.ts";
import { reportPage } from "../../reports/page.ts";
import { describeSpace, type VectorSpace } from "../../vector-space.ts";
import { bootstrapOptions } from "../bootstrap-options.ts";
import type { Run } from "../flags.ts";
import { text } from "../options.ts";
import { Progress } from "../progress.ts";
import { reportPath, writeReport } from "../report-files.ts";
import { embedPrompts, readPrompts } from "./prompts.ts";
import { readLibrary } from "./read-library.ts";
import { readSearch, type Search } from "./read-search.ts";
import { retrievalTable } from "./retrieval-table.ts";
import { rankVolumeFile } from "./volume-search.ts";

const MAX_RANK = 1_000;

type Options = Readonly<Record<string, unknown>>;

/** What was found by each way of searching, and whether that was right. */
interface Findings {
  readonly methods: Readonly<Record<string, readonly FoundItems[]>>;
  readonly queries: Pick<RetrievalItems, "labels" | "groups">;
  /** Of the labels, in the order of their numbers. */
  readonly names: readonly string[];
  readonly space: VectorSpace;
  /** How many items could be found. */
  readonly items: number;
  /** Of the index of a library, for each k. */
  readonly indexRecall?: readonly number[] | undefined;
}

export const evaluate: Run = async ([vectors], options) => {
  const ranks = readRanks(text(options, "k") ?? "1,3,5,10");
  const reportFile = reportPath(options);
  const likeness = likenessOf(options);
  const bootstrap = bootstrapOptions(options);
  if ((vectors === undefined) === (text(options, "library") === undefined)) {
    throw new MedembedError(
      "usage",
      "name one thing to evaluate: a file of vectors with --labels, or --library with --label",
    );
  }
  const found = await search(vectors, options, { ranks, likeness });
  const { methods, queries, names, space, items, indexRecall } = found;
  const reports = Object.fromEntries(
    Object.entries(methods).map(([name, own]) => [
      name,
      evaluateRetrieval(own, queries, { classes: names.length, ranks, bootstrap }),
    ]),
  );
  const figures = { space, items, labels: names, methods: reports, ...(indexRecall && { ranks, indexRecall }) };
  const about = describe(reports, items);
  if (reportFile !== undefined) {
    const page = reportPage({
      title: "How well a search finds",
      about: [about, `Vectors of ${describeSpace(space)}`],
      sections: retrievalSections(reports, names),
    });
    await writeReport(reportFile, { page, figures, records: retrievalRecords(reports, names) });
  }
  if (options.json) {
    console.log(JSON.stringify(figures, null, 2));
    return 0;
  }
  console.log(`${about}, in brackets 95 % intervals over groups\n`);
  process.stdout.write(retrievalTable(reports));
  for (const [i, recall] of (indexRecall ?? []).entries()) {
    console.log(`${i === 0 ? "\n" : ""}index recall@${ranks[i]}: ${recall.toFixed(4)}`);
  }
  return 0;
};

interface Wanted {
  readonly ranks: readonly number[];
  readonly likeness: number | undefined;
}

async function search(vectors: string | undefined, options: Options, { ranks, likeness }: Wanted): Promise<Findings> {
  const depth = Math.max(...ranks);
  const separator = text(options, "volumes");
  if (separator !== undefined) {
    if (vectors === undefined || likeness !== undefined || text(options, "adapter") !== undefined) {
      throw new MedembedError(
        "usage",
        "--volumes takes a file of vectors of slices, without --adapter and --near-duplicates",
      );
    }
    return rankVolumeFile(vectors, separator, options, depth);
  }
  const { indexRecall, ...read } =
    vectors === undefined
      ? await readLibrary(options, ranks)
      : { ...(await readSearch(vectors, options)), indexRecall: undefined };
  const { names, space, gallery } = read;
  const shared = { names, space, items: gallery.ids.length, indexRecall };
  const prompts = await readPrompts(options, names);
  if (prompts) {
    const queries = await embedPrompts(prompts, space, options);
    return { ...shared, queries, methods: { "text to image": ranked(queries, gallery, { depth }) } };
  }
  return { ...shared, queries: read.queries, methods: await rankPictures(read, options, { depth, likeness }) };
}

/** By the vectors themselves, and by what an adapter sees in them. */
async function rankPictures(
  { queries, gallery, space }: Search,
  options: Options,
  wanted: { depth: number; likeness: number | undefined },
) {
  const plain = ranked(queries, gallery, wanted);
  const folder = text(options, "adapter");
  if (folder === undefined) return { vectors: plain };
  const adapter = await openAdapter(folder);
  adapter.requireSpace(space);
  const copies = { queries: queries.vectors, gallery: gallery.vectors };
  const seenGallery = { ...gallery, vectors: adapter.features(gallery.vectors) };
  const seenQueries = queries === gallery ? seenGallery : { ...queries, vectors: adapter.features(queries.vectors) };
  return { vectors: plain, "adapter feature": ranked(seenQueries, seenGallery, { ...wanted, copies }) };
}

function ranked(queries: RetrievalItems, gallery: RetrievalItems, wanted: RankOptions): FoundItems[] {
  const progress = new Progress("queries");
  progress.total = queries.ids.length;
  const found = rankGallery(queries, gallery, { ...wanted, onQueries: (count) => progress.add(count) });
  progress.end();
  return found;
}

function describe(reports: RetrievalReports, items: number): string {
  const { queries, groups, withoutRelevant } = Object.values(reports)[0];
  const lost = withoutRelevant === 0 ? "" : `, ${withoutRelevant} with nothing to find`;
  return `${queries} queries of ${groups} groups${lost}, among ${items} items`;
}

/** @throws MedembedError "usage" */
function readRanks(given: string): number[] {
  const ranks = given.split(",").map((k) => (/^\d{1,4}$/.test(k.trim()) ? Number(k) : Number.NaN));
  if (!ranks.every((k) => k >= 1 && k <= MAX_RANK)) {
    throw new MedembedError("usage", `--k ${given} must be whole numbers from 1 to ${MAX_RANK}, as in 1,3,5,10`);
  }
  return [...new Set(ranks)].sort((a, b) => a - b);
}

function likenessOf(options: Options): number | undefined {
  const given = text(options, "nearDuplicates");
  if (given === undefined) return undefined;
  const likeness = Number(given);
  if (!(likeness > 0 && likeness <= 1)) {
    throw new MedembedError("usage", `--near-duplicates ${given} must be a cosine above 0, at most 1`);
  }
  return likeness;
}
