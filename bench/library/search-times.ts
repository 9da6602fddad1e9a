import type { Filter } from "../../src/library/filter.ts";
import { Library } from "../../src/library/library.ts";
import { measureRecall } from "../../src/library/recall.ts";
import type { StoredVector } from "../../src/library/record.ts";
import type { LibraryHead } from "../../src/library/vector-space.ts";
import { type Case, type Effort, measureInRounds, type Spread, spreadOf } from "../rounds.ts";
import { ClusteredVectors } from "./clustered-vectors.ts";

const RECORDS_A_COMMIT = 1_000;
const PATIENTS = 5_000;
/** As `--exclude-same-patient` makes it: nearly all records pass. */
const OTHER_PATIENTS: Filter = [{ field: "patient", operator: "!=", values: ["patient 7"] }];
const MODALITIES = ["CT", "MR", "CR", "US"];

export interface SearchTimes {
  readonly records: number;
  readonly queries: number;
  readonly insertSeconds: number;
  /** Storing a thousand records in the full library. */
  readonly lastCommitMs: number;
  readonly indexSeconds: number;
  /** Until the first exact search has its answer: the vectors are read into memory. */
  readonly loadSeconds: number;
  /** A search, in ms. */
  readonly ms: Readonly<Record<"memory" | "memoryFiltered" | "disk" | "index" | "indexFiltered", Spread>>;
  /** Of queries that are not in the library. */
  readonly recallAt10: number;
  /** As `medembed library stats` measures it. */
  readonly recallOfRecords: number;
  readonly shareOfOthers: Spread;
}

/** Fills a library with made-up vectors and times searches in it. */
export async function timeSearches(
  uri: string,
  head: LibraryHead,
  { records, queries, effort }: { readonly records: number; readonly queries: number; readonly effort: Effort },
): Promise<SearchTimes> {
  const vectors = new ClusteredVectors(head.dimensions);
  const library = await Library.openOrCreate({ uri }, head);
  const onDisk = await Library.open({ uri, memoryBytes: 0 });
  try {
    const { insertSeconds, lastCommitMs } = await fill(library, records, vectors);
    const asked = Array.from({ length: queries }, () => vectors.next());
    const indexSeconds = await secondsOf(() => library.tidy());
    const loadSeconds = await secondsOf(() => library.search(asked[0], { isExact: true }));
    const every = (search: (query: Float32Array) => Promise<unknown>): Case => ({
      units: queries,
      run: async () => {
        for (const query of asked) await search(query);
      },
    });
    const { samples, shareOfOthers } = await measureInRounds(
      {
        memory: every((query) => library.search(query, { isExact: true })),
        memoryFiltered: every((query) => library.search(query, { isExact: true, where: OTHER_PATIENTS })),
        disk: every((query) => onDisk.search(query, { isExact: true })),
        index: every((query) => library.search(query)),
        indexFiltered: every((query) => library.search(query, { where: OTHER_PATIENTS })),
      },
      effort,
    );
    const ms = Object.fromEntries(
      Object.entries(samples).map(([name, { wall }]) => [name, spreadOf(wall.map((seconds) => seconds * 1e3))]),
    ) as SearchTimes["ms"];
    const recallAt10 = await recallOf(library, asked);
    const recallOfRecords = await measureRecall(library);
    return {
      records,
      queries,
      insertSeconds,
      lastCommitMs,
      indexSeconds,
      loadSeconds,
      ms,
      recallAt10,
      recallOfRecords,
      shareOfOthers: spreadOf(shareOfOthers),
    };
  } finally {
    await library.close();
    await onDisk.close();
  }
}

async function fill(library: Library, count: number, vectors: ClusteredVectors) {
  let insertSeconds = 0;
  let lastCommitMs = 0;
  for (let at = 0; at < count; at += RECORDS_A_COMMIT) {
    const group = Array.from({ length: Math.min(RECORDS_A_COMMIT, count - at) }, (_, i) =>
      record(at + i, vectors.next()),
    );
    const seconds = await secondsOf(() => library.insert(group));
    insertSeconds += seconds;
    lastCommitMs = seconds * 1e3;
  }
  return { insertSeconds, lastCommitMs };
}

function record(i: number, vector: Float32Array): StoredVector {
  return {
    id: `made-up ${i}`,
    source: `/study-${i % 997}/series-${i % 13}/image-${i}.dcm`,
    bytes: 500_000 + i,
    modified: 1.7e12 + i,
    added: new Date(1.7e12 + i).toISOString(),
    precision: "fp32",
    facts: { modality: MODALITIES[i % MODALITIES.length], patient: `patient ${i % PATIENTS}`, sliceThickness: i % 7 },
    labels: { finding: `finding ${i % 20}` },
    vector,
  };
}

async function recallOf(library: Library, queries: readonly Float32Array[]): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (const query of queries) {
    const exact = await library.search(query, { isExact: true });
    const indexed = new Set((await library.search(query)).map(({ record }) => record.id));
    wanted += exact.length;
    found += exact.filter(({ record }) => indexed.has(record.id)).length;
  }
  return found / wanted;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1e3;
}
