import type { LibraryRecord } from "../../../src/library/record.ts";
import type { ServiceStatus } from "../../../src/server/service-status.ts";
import { askJson } from "./ask.ts";

/** As `GET /library` has it. */
export interface Library {
  readonly name: string;
  readonly deployment: string;
  readonly writable: boolean;
  readonly pictures: boolean;
  readonly identities: boolean;
  /** Whether adapters that are trained on it can be served. */
  readonly adapters: boolean;
  readonly records: number;
  readonly space: { readonly model: string; readonly profile: string };
}

/** A record as it is told: nothing of its vector. */
export type KnownRecord = LibraryRecord;

export interface Match extends KnownRecord {
  readonly rank: number;
  /** The cosine. */
  readonly score: number;
  readonly vector?: readonly number[];
}

/** What is looked for: one of the three. */
export type Query = { readonly image: string } | { readonly text: string } | { readonly vector: readonly number[] };

export interface SearchOptions {
  readonly top: number;
  /** Conditions, as `modality=CT`. */
  readonly where: readonly string[];
  readonly excludeSamePatient?: boolean;
  readonly vectors?: boolean;
}

export type { ServiceStatus };

interface RecordsPage {
  readonly records: readonly KnownRecord[];
  readonly next?: string;
}

/** Where a library's calls are. */
export function pathOf(library: string): string {
  return `library/${encodeURIComponent(library)}`;
}

/** Applications look at so many records at a time, at most. */
export const RECORDS_A_CALL = 1_000;
/** The condition that every record meets. */
export const ALL = "id!=";

export async function listLibraries(signal: AbortSignal): Promise<readonly Library[]> {
  return (await askJson<{ readonly libraries: readonly Library[] }>("library", { signal })).libraries;
}

/** A page of records in the order of their ids. */
export function listRecords(
  library: string,
  { where, limit, after }: { readonly where: readonly string[]; readonly limit: number; readonly after?: string },
  signal: AbortSignal,
): Promise<RecordsPage> {
  const query = new URLSearchParams([
    ...where.map((condition) => ["where", condition]),
    ["limit", String(limit)],
    ...(after === undefined ? [] : [["after", after]]),
  ]);
  return askJson(`${pathOf(library)}/records?${query}`, { signal });
}

/** Of the ids that stand in an address; servers take 16 KiB of it with all headers. */
const MAX_ADDRESSED = 4_000;

/** What is known of some records; those that there are no more are absent. */
export async function findRecords(
  library: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KnownRecord>> {
  const found = new Map<string, KnownRecord>();
  for (let at = 0; at < ids.length; ) {
    const asked = [ids[at++]];
    let length = asked[0].length;
    while (at < ids.length && length + ids[at].length < MAX_ADDRESSED) {
      length += ids[at].length;
      asked.push(ids[at++]);
    }
    const where = [`id=${asked.join("|")}`];
    const { records } = await listRecords(library, { where, limit: asked.length }, signal);
    for (const record of records) found.set(record.id, record);
  }
  return found;
}

export async function search(
  library: string,
  query: Query,
  options: SearchOptions,
  signal: AbortSignal,
): Promise<readonly Match[]> {
  const answer = await askJson<{ readonly matches: readonly Match[] }>(`${pathOf(library)}/search`, {
    method: "POST",
    body: { ...query, ...options },
    signal,
  });
  return answer.matches;
}

/** The vector of a record: what a search finds that may find nothing else. @returns undefined where there is no such record */
export async function vectorOf(
  library: string,
  id: string,
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const [match] = await search(library, { text: "image" }, { top: 1, where: [`id=${id}`], vectors: true }, signal);
  return match?.vector;
}

/** The texts that `medembed labels` lists. */
export async function listLabels(signal: AbortSignal): Promise<readonly string[]> {
  return (await askJson<{ readonly labels: readonly string[] }>("labels", { signal })).labels;
}

interface ScoredRow {
  readonly image_features?: readonly (readonly number[])[];
  readonly text_features?: readonly number[];
  /** A logarithm. */
  readonly scaling_factor: number;
}

/** One vector of length 1 each. */
export interface Vectors {
  readonly vectors: readonly (readonly number[])[];
  /** The natural logarithm of the factor on cosines. */
  readonly scalingFactor: number;
}

function scoreRows<Answer>(
  column: "image" | "text",
  cells: readonly string[],
  deployment: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  return askJson("score", {
    method: "POST",
    body: { input_data: { columns: [column], data: cells.map((cell) => [cell]) }, params: {} },
    ...(deployment !== undefined && { headers: { "azureml-model-deployment": deployment } }),
    signal,
  });
}

/** @param deployment undefined: whichever the server takes */
async function score(
  column: "image" | "text",
  cells: readonly string[],
  deployment: string | undefined,
  signal: AbortSignal,
): Promise<Vectors> {
  const rows = await scoreRows<readonly ScoredRow[]>(column, cells, deployment, signal);
  return {
    vectors: rows.map(({ image_features, text_features }) => text_features ?? image_features![0]),
    scalingFactor: rows[0].scaling_factor,
  };
}

/** One row as it is answered: with vectors, or of a classifier with labels. @param cell base64, or a text @throws as `ask` */
export function scoreRow(
  column: "image" | "text",
  cell: string,
  deployment: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  return scoreRows(column, [cell], deployment, signal);
}

/** Every label of a classifier with its score, the best first. @param image base64 @throws as `ask` */
export async function labelImage(image: string, deployment: string, signal: AbortSignal) {
  const [labels] = await scoreRows<readonly (readonly { readonly label: string; readonly score: number }[])[]>(
    "image",
    [image],
    deployment,
    signal,
  );
  return labels;
}

/** @throws as `ask` */
export function embedTexts(texts: readonly string[], deployment: string | undefined, signal: AbortSignal) {
  return score("text", texts, deployment, signal);
}

/** @param image base64 @throws as `ask` */
export function embedImage(image: string, deployment: string | undefined, signal: AbortSignal) {
  return score("image", [image], deployment, signal);
}

/** As `GET /library/{library}/map` has it: columns of equal length, a record each. */
export interface LibraryMap {
  readonly made: string;
  /** Records without a place. */
  readonly unplaced: number;
  /** The names of all labels. */
  readonly labels: readonly string[];
  readonly values: readonly string[];
  readonly points: {
    readonly ids: readonly string[];
    readonly x: readonly number[];
    readonly y: readonly number[];
    /** Places in `values`. */
    readonly value: readonly number[];
  };
}

/** @param by the field whose values are told */
export function mapOf(library: string, by: string, signal: AbortSignal): Promise<LibraryMap> {
  return askJson(`${pathOf(library)}/map?${new URLSearchParams({ by })}`, { signal });
}

/** @returns how many records were changed */
export async function setLabels(
  library: string,
  ids: readonly string[],
  set: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const body = { ids, set };
  const answer = await askJson<{ readonly changed: number }>(`${pathOf(library)}/labels`, {
    method: "POST",
    body,
    signal,
  });
  return answer.changed;
}

/** How the server is doing. */
export function serviceStatus(signal: AbortSignal): Promise<ServiceStatus> {
  return askJson("status", { signal });
}
