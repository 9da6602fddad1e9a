import { type RequestOptions, request } from "./request.ts";
import { ServerFailure } from "./server-failure.ts";

/** Asked for at a time, as many as servers like to give; they may give fewer. */
const PAGE_SIZE = 100;
/** Ten times what as many results take with every attribute that a server likes to add. */
const MAX_PAGE_BYTES = 32 * 2 ** 20;
/** More series of a query, or instances of a series, than any archive has; stops a server that makes them up. */
const MAX_RESULTS = 1_000_000;

const ACCEPT = "application/dicom+json";

/** PS3.5 9.1. What a server calls a UID becomes part of an address, so it is no more than this. */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^\d+(\.\d+)*$/.test(text);
}

/** PS3.18 F.2: a data set in JSON, by tags of eight hexadecimal digits. */
type DicomJson = Readonly<Record<string, { readonly Value?: unknown } | undefined>>;

/**
 * Searches by QIDO-RS (PS3.18 10.6), page by page, until a page brings nothing new.
 * @param resource with its conditions: `https://host/dicom-web/series?Modality=CT`
 * @param include tags of the attributes that are needed, the first of which tells results apart
 * @throws MedembedError as `request`
 */
export async function* search(
  resource: string,
  include: readonly string[],
  options: RequestOptions,
): AsyncGenerator<readonly DicomJson[]> {
  const seen = new Set<string>();
  let offset = 0;
  while (true) {
    const url = new URL(resource);
    for (const tag of include) url.searchParams.append("includefield", tag);
    url.searchParams.set("limit", String(PAGE_SIZE));
    url.searchParams.set("offset", String(offset));
    const page = await request(url.href, ACCEPT, options, ({ status, body }) =>
      status === 204 ? Promise.resolve([]) : readPage(body),
    );
    const fresh = page.filter((result) => !seen.has(uidOf(result, include[0])));
    for (const result of fresh) seen.add(uidOf(result, include[0]));
    if (seen.size > MAX_RESULTS) throw new ServerFailure(`has more than ${MAX_RESULTS} results`);
    if (fresh.length === 0) return; // a short page need not be the last, and one that repeats itself will go on so
    yield fresh;
    offset += page.length;
  }
}

/** A UID of a result. @throws ServerFailure where there is none */
export function uidOf(result: DicomJson, tag: string): string {
  const value = firstValue(result, tag);
  if (typeof value !== "string" || !isUid(value)) throw new ServerFailure("has a search result without a valid UID");
  return value;
}

/** An IS of a result, which is a number or a text in JSON. */
export function integerOf(result: DicomJson, tag: string): number | undefined {
  const value = Number(firstValue(result, tag) ?? Number.NaN);
  return Number.isInteger(value) ? value : undefined;
}

function firstValue(result: DicomJson, tag: string): unknown {
  const values = result[tag]?.Value;
  return Array.isArray(values) ? values[0] : undefined;
}

async function readPage(body: AsyncIterable<Uint8Array>): Promise<readonly DicomJson[]> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_PAGE_BYTES)
      throw new ServerFailure(`has sent more than the ${MAX_PAGE_BYTES} bytes that are read of results`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const results = text.trim() === "" ? [] : parseJson(text);
  if (!Array.isArray(results) || !results.every((result) => typeof result === "object" && result !== null)) {
    throw new ServerFailure("has sent search results that are no list of data sets in JSON");
  }
  return results;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
